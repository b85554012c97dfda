// Values as JSON and back, from one list of fields for both directions.
//     struct Point { double x = 0; std::optional<double> y; };
//     template <class Io> void fields(Io& io, Point& point) { io("x", point.x); io("y", point.y); }
//     Json json = to_json(point);                              // {"x": 1.5, "y": null}
//     Point same = from_json<Point>(json, "points.json");
// fields() is found in the namespace of the struct. Fields that are not in the list stay where they
// are: a file of a later version is read as far as it is understood.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace nnstretch {

using Json = nlohmann::ordered_json;

template <class T>
Json to_json(const T& value);
template <class T>
Json to_json(const std::optional<T>& value);
template <class T>
Json to_json(const std::vector<T>& list);
template <class T>
Json to_json(const std::map<std::string, T>& map);

class JsonWriter {
 public:
  // A field that is always there. An optional without a value is null.
  template <class T>
  void operator()(const char* name, const T& value) {
    json[name] = to_json(value);
  }
  // A field that is there if it has a value.
  template <class T>
  void if_any(const char* name, const T& value) {
    if (value) json[name] = to_json(*value);
  }
  // The fields of a struct beside those of this one, if there is one; `key` is one of them.
  template <class T>
  void beside(const char*, std::optional<T>& value) {
    if (value) fields(*this, *value);
  }
  // What follows from other fields: for people who read the file, nothing reads it back.
  template <class T>
  void derived(const char* name, const T& value) {
    json[name] = to_json(value);
  }

  Json json = Json::object();
};

// FormatError at `where` names the field as "parts[2].name".
class JsonReader {
 public:
  JsonReader(const Json& json, std::string where, std::string path);

  template <class T>
  void operator()(const char* name, T& value) {
    read(field(name), value, path_of(name));
  }
  template <class T>
  void if_any(const char* name, std::optional<T>& value) {
    value.reset();
    if (json_.contains(name)) read(json_.at(name), value.emplace(), path_of(name));
  }
  template <class T>
  void beside(const char* key, std::optional<T>& value) {
    value.reset();
    if (json_.contains(key)) fields(*this, value.emplace());
  }
  template <class T>
  void derived(const char*, const T&) {}

 private:
  const Json& field(const char* name) const;
  std::string path_of(const std::string& name) const;
  [[noreturn]] void refuse(const std::string& path, const char* wanted) const;

  template <class T>
  void read(const Json& json, std::optional<T>& value, const std::string& path) const {
    value.reset();
    if (!json.is_null()) read(json, value.emplace(), path);
  }
  template <class T>
  void read(const Json& json, std::vector<T>& list, const std::string& path) const {
    if (!json.is_array()) refuse(path, "a list");
    list.clear();
    for (const Json& entry : json) {
      const std::string place = path + "[" + std::to_string(list.size()) + "]";
      read(entry, list.emplace_back(), place);
    }
  }
  template <class T>
  void read(const Json& json, std::map<std::string, T>& map, const std::string& path) const {
    if (!json.is_object()) refuse(path, "an object");
    map.clear();
    for (const auto& [key, entry] : json.items()) read(entry, map[key], path + "." + key);
  }
  template <class T>
  void read(const Json& json, T& value, const std::string& path) const {
    if constexpr (std::is_same_v<T, Json>) {
      value = json;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse(path, "true or false");
      value = json.get<bool>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) refuse(path, "a text");
      value = json.get<std::string>();
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) refuse(path, "a number");
      value = json.get<T>();
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(whole_number(json, path, std::is_unsigned_v<T>));
    } else {
      JsonReader inner(json, where_, path);
      fields(inner, value);
    }
  }
  int64_t whole_number(const Json& json, const std::string& path, bool from_zero) const;

  const Json& json_;
  std::string where_, path_;
};

template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : Json(nullptr);
}
template <class T>
Json to_json(const std::vector<T>& list) {
  Json json = Json::array();
  for (const T& entry : list) json.push_back(to_json(entry));
  return json;
}
template <class T>
Json to_json(const std::map<std::string, T>& map) {
  Json json = Json::object();
  for (const auto& [key, entry] : map) json[key] = to_json(entry);
  return json;
}
template <class T>
Json to_json(const T& value) {
  if constexpr (std::is_arithmetic_v<T> || std::is_convertible_v<const T&, std::string> ||
                std::is_same_v<T, Json>) {
    return value;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string(value);
  } else {
    JsonWriter writer;
    fields(writer, const_cast<T&>(value));  // which only reads it
    return std::move(writer.json);
  }
}

template <class T>
T from_json(const Json& json, const std::string& where) {
  T value;
  JsonReader reader(json, where, "");
  fields(reader, value);
  return value;
}

}  // namespace nnstretch
