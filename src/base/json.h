// JSON that anybody may have written, and JSON about names that anybody may have given.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nnstretch {

// FormatError at `where` if more brackets are open at once than `deepest`. Copying and printing
// parsed JSON is recursive: without a limit a short file of brackets overflows the stack.
void check_json_depth(std::string_view text, const std::string& where, int deepest);

// The text as nlohmann::json, whose keys are sorted, or nlohmann::ordered_json, whose objects are
// lists: slow if there are thousands of keys. FormatError at `where` for anything that is no JSON.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, const std::string& where, int deepest = 64) {
  check_json_depth(text, where, deepest);
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw FormatError({.what = std::string("no JSON: ") + error.what(), .where = where});
  }
}

// Valid JSON, whatever bytes names of files and tensors have: what is no UTF-8 becomes U+FFFD.
template <class Json>
std::string json_text(const Json& json, int indent = 1) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace nnstretch
