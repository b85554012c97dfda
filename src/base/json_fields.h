// Values as JSON and back, from one list of fields for both directions.
//     struct Point { double x = 0; std::optional<double> y; };
//     template <class Io> void fields(Io& io, Point& point) { io("x", point.x); io("y", point.y); }
//     Json json = to_json(point);                              // {"x": 1.5, "y": null}
//     Point same = value_from<Point>(json, "points.json");
// fields() is found in the namespace of the struct; it may change the struct only where Io::reads,
// for what is written may be const. Fields that are not in the list stay where they
// are: a file of a later version is read as far as it is understood.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
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
template <class Key, class T>
Json to_json(const std::map<Key, T>& map);  // keys are texts or numbers

// Microseconds to three decimals.
inline double to_nanoseconds(double us) { return std::nearbyint(us * 1e3) / 1e3; }
inline std::optional<double> to_nanoseconds(std::optional<double> us) {
  return us ? std::optional(to_nanoseconds(*us)) : us;
}
template <class T>
std::vector<T> to_nanoseconds(std::vector<T> all) {
  for (T& us : all) us = to_nanoseconds(us);
  return all;
}

class JsonWriter {
 public:
  static constexpr bool reads = false;

  // Which fields there are: a number that goes up when one that must be there is added, or changes
  // its meaning. Read, another one is an error that says whether the file is older or newer.
  void schema(int number) { json["schema"] = number; }
  // A word that stands for one of `values`, by their name_of().
  template <class T, size_t N>
  void word(const char* name, const T& value, const std::array<T, N>&) {
    json[name] = std::string(name_of(value));
  }
  // A field that is always there. An optional without a value is null.
  template <class T>
  void operator()(const char* name, const T& value) {
    json[name] = to_json(value);
  }
  // A time in microseconds, or several, to_nanoseconds().
  template <class T>
  void us(const char* name, const T& value) {
    json[name] = to_json(to_nanoseconds(value));
  }
  // The same, if there is a value.
  template <class T>
  void us_if_any(const char* name, const std::optional<T>& value) {
    if (value) us(name, *value);
  }
  // An object of the fields that `of` gives to the Io it is called with.
  template <class Of>
  void object(const char* name, const Of& of) {
    JsonWriter inner;
    of(inner);
    json[name] = std::move(inner.json);
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
  static constexpr bool reads = true;

  JsonReader(const Json& json, std::string where, std::string path);

  void schema(int number) const;
  template <class T, size_t N>
  void word(const char* name, T& value, const std::array<T, N>& values) {
    std::string text;
    (*this)(name, text);
    for (const T& known : values)
      if (text == name_of(known)) {
        value = known;
        return;
      }
    refuse(path_of(name), "a word that is known here");
  }
  template <class T>
  void operator()(const char* name, T& value) {
    read(field(name), value, path_of(name));
  }
  template <class T>
  void us(const char* name, T& value) {
    (*this)(name, value);
  }
  template <class T>
  void us_if_any(const char* name, std::optional<T>& value) {
    if_any(name, value);
  }
  template <class Of>
  void object(const char* name, const Of& of) {
    JsonReader inner(field(name), where_, path_of(name));
    of(inner);
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
  template <class Key, class T>
  void read(const Json& json, std::map<Key, T>& map, const std::string& path) const {
    if (!json.is_object()) refuse(path, "an object");
    map.clear();
    for (const auto& [key, entry] : json.items()) {
      const std::string place = path + "." + key;
      if constexpr (std::is_same_v<Key, std::string>)
        read(entry, map[key], place);
      else
        read(entry, map[number_of(key, place)], place);
    }
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
      const int64_t number = whole_number(json, path);
      if (!std::in_range<T>(number)) refuse(path, "a number of that size");
      value = static_cast<T>(number);
    } else {
      JsonReader inner(json, where_, path);
      fields(inner, value);
    }
  }
  int number_of(const std::string& key, const std::string& path) const;
  int64_t whole_number(const Json& json, const std::string& path) const;

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
template <class Key, class T>
Json to_json(const std::map<Key, T>& map) {
  Json json = Json::object();
  for (const auto& [key, entry] : map)
    if constexpr (std::is_same_v<Key, std::string>)
      json[key] = to_json(entry);
    else
      json[std::to_string(key)] = to_json(entry);
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
    fields(writer, const_cast<T&>(value));  // which only reads it: JsonWriter::reads
    return std::move(writer.json);
  }
}

template <class T>
T value_from(const Json& json, const std::string& where) {
  T value;
  JsonReader reader(json, where, "");
  fields(reader, value);
  return value;
}

}  // namespace nnstretch
