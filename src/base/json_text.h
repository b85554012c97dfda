// A JSON value as text.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace nnstretch {

// Valid JSON, whatever bytes names of files and tensors have: what is no UTF-8 becomes U+FFFD.
template <class Json>
std::string json_text(const Json& json, int indent = 1) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace nnstretch
