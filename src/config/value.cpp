#include "config/value.h"

#include <fmt/format.h>

#include <cmath>

#include "config/yaml_scalar.h"

namespace nnstretch::config {
namespace {

// YAML 1.1 takes only digits with a point and a signed exponent for a float: 5.0e-05, not 5e-05.
std::string float_text(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  std::string text = fmt::format("{}", value);
  const size_t exponent = text.find('e');
  const std::string digits = text.substr(0, exponent);
  if (digits.find('.') != std::string::npos) return text;
  return digits + ".0" + (exponent == std::string::npos ? "" : text.substr(exponent));
}

bool plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '/' || c == '.' || c == '-' || c == '+';
}

// Nothing that begins like a number, and no word such as yes or null.
bool may_stand_plain(const std::string& text) {
  constexpr std::string_view number_starts = "0123456789+-";
  if (text.empty() || number_starts.find(text.front()) != std::string_view::npos) return false;
  for (const char c : text)
    if (!plain_character(c)) return false;
  return resolve_plain_scalar(text).get_if<std::string>() != nullptr;
}

std::string string_text(const std::string& text) {
  if (may_stand_plain(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

struct Writer {
  std::string operator()(Value::Null) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return float_text(value); }
  std::string operator()(const std::string& value) const { return string_text(value); }
  std::string operator()(const List& list) const {
    std::string text;
    for (const Value& item : list)
      text += (text.empty() ? "" : ", ") + std::visit(*this, item.data);
    return "[" + text + "]";
  }
};

}  // namespace

// Not the variant's own copy: that of GCC 12 destroys what is not there yet if the copy of a list
// or string throws, where no alternative can leave a variant without a value.
Value::Value(const Value& other) { *this = other; }
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

bool Value::operator==(const Value& other) const { return data == other.data; }

std::string_view type_name(const Value& value) {
  constexpr std::string_view names[] = {"null", "bool", "int", "float", "str", "list"};
  return names[value.data.index()];
}

std::string to_yaml(const Value& value) { return std::visit(Writer{}, value.data); }
std::string to_yaml(const List& list) { return Writer{}(list); }

}  // namespace nnstretch::config
