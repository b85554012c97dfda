#include "base/json_fields.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace nnstretch {

JsonReader::JsonReader(const Json& json, std::string where, std::string path)
    : json_(json), where_(std::move(where)), path_(std::move(path)) {
  if (!json.is_object()) refuse(path_, "an object");
}

void JsonReader::schema(int number) const {
  const auto found = json_.find("schema");
  if (found == json_.end() || !found->is_number_integer() ||
      (found->is_number_unsigned() && !std::in_range<int64_t>(found->get<uint64_t>())))
    throw FormatError({.what = "it has no schema: no result of this program",
                       .where = where_,
                       .fix = "give what `json` wrote, or a result.json"});
  const auto schema = found->get<int64_t>();
  if (schema == number) return;
  throw FormatError(
      {.what = fmt::format("it has schema {}, and this version reads schema {}", schema, number),
       .where = where_,
       .fix = schema < number ? "make it again with this version"
                              : "read it with the version that wrote it, or a later one"});
}

const Json& JsonReader::field(const char* name) const {
  const auto found = json_.find(name);
  if (found == json_.end())
    throw FormatError({.what = fmt::format("the field '{}' is missing", path_of(name)),
                       .where = where_,
                       .fix = "it is cut, or no result of this version"});
  return *found;
}

std::string JsonReader::path_of(const std::string& name) const {
  return path_.empty() ? name : path_ + "." + name;
}

void JsonReader::refuse(const std::string& path, const char* wanted) const {
  throw FormatError({.what = path.empty() ? fmt::format("it is not {}", wanted)
                                          : fmt::format("the field '{}' is not {}", path, wanted),
                     .where = where_,
                     .fix = "it was changed, or is no result of this version"});
}

int JsonReader::number_of(const std::string& key, const std::string& path) const {
  int number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
  if (error != std::errc() || end != key.data() + key.size()) refuse(path, "named by a number");
  return number;
}

int64_t JsonReader::whole_number(const Json& json, const std::string& path) const {
  if (!json.is_number_integer()) refuse(path, "a whole number");
  if (json.is_number_unsigned() && !std::in_range<int64_t>(json.get<uint64_t>()))
    refuse(path, "a number of that size");
  return json.get<int64_t>();
}

}  // namespace nnstretch
