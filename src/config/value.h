// A value of a configuration key before it has a place: what YAML or a Python literal may hold.
// List-valued keys (DEPTHS, WIDTHS, ...) keep this form; stages.h gives the typed view of them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nnstretch::config {

struct Value;
using List = std::vector<Value>;

struct Value {
  struct Null {
    bool operator==(const Null&) const = default;
  };
  std::variant<Null, bool, int64_t, double, std::string, List> data;

  Value() = default;
  // Written once, in value.cpp: they are large, and every list literal would repeat them.
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();
  Value(bool value) : data(value) {}
  Value(int value) : data(int64_t{value}) {}
  Value(int64_t value) : data(value) {}
  Value(double value) : data(value) {}
  Value(const char* value) : data(std::string(value)) {}
  Value(std::string value) : data(std::move(value)) {}
  Value(List value) : data(std::move(value)) {}

  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&data);
  }
  bool is_null() const { return std::holds_alternative<Null>(data); }
  // Same type and same content: 1 and 1.0 differ.
  bool operator==(const Value& other) const;
};

// "null", "bool", "int", "float", "str" or "list": the words of error messages.
std::string_view type_name(const Value& value);
// The value as it would stand in a YAML file, on one line: [[1, 2], 0.25, relu].
// What PyYAML reads back is the same value of the same type.
std::string to_yaml(const Value& value);
std::string to_yaml(const List& list);

}  // namespace nnstretch::config
