#include "base/json_fields.h"

#include <fmt/format.h>

#include <utility>

namespace nnstretch {

JsonReader::JsonReader(const Json& json, std::string where, std::string path)
    : json_(json), where_(std::move(where)), path_(std::move(path)) {
  if (!json.is_object()) refuse(path_, "an object");
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

int64_t JsonReader::whole_number(const Json& json, const std::string& path, bool from_zero) const {
  if (!json.is_number_integer()) refuse(path, "a whole number");
  if (json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX) refuse(path, "so large");
  const auto value = json.get<int64_t>();
  if (from_zero && value < 0) refuse(path, "from 0 up");
  return value;
}

}  // namespace nnstretch
