#include "config/yaml_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <regex>
#include <stdexcept>

#include "base/error.h"
#include "config/numbers.h"

namespace nnstretch::config {
namespace {

// Nothing longer is a number; std::regex recurses with the length of its text.
constexpr size_t longest_number = 100;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool matches(const std::string& text, const std::regex& pattern) {
  return text.size() <= longest_number && std::regex_match(text, pattern);
}

bool is_integer(const std::string& text) {
  static const std::regex pattern(
      "[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+"
      "|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+");
  return matches(text, pattern);
}

bool is_float(const std::string& text) {
  static const std::regex pattern(
      "[-+]?(?:[0-9][0-9_]*)\\.[0-9_]*(?:[eE][-+][0-9]+)?|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
      "|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");
  return matches(text, pattern);
}

std::string without_underscores(std::string text) {
  std::erase(text, '_');
  return text;
}

// 1:30 is ninety: each colon multiplies what stands before it by sixty.
template <class Number, class Read>
Number base_sixty(std::string_view digits, Read read) {
  Number total = 0;
  while (!digits.empty()) {
    const size_t colon = std::min(digits.find(':'), digits.size());
    total = total * 60 + read(std::string(digits.substr(0, colon)));
    digits.remove_prefix(std::min(colon + 1, digits.size()));
  }
  return total;
}

int64_t integer(const std::string& raw) {
  std::string text = without_underscores(raw);
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.erase(0, 1);
  if (text.find(':') != std::string::npos) {
    if (text.size() > 12) throw FormatError({.what = fmt::format("{} is too large", raw)});
    const auto part = [](const std::string& digits) { return parse_integer(digits, 10); };
    return (negative ? -1 : 1) * base_sixty<int64_t>(text, part);
  }
  int base = 10;
  if (text.starts_with("0b") || text.starts_with("0x")) {
    base = text[1] == 'b' ? 2 : 16;
    text.erase(0, 2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  return parse_integer((negative ? "-" : "") + text, base);
}

double real(const std::string& raw) {
  std::string text = without_underscores(raw);
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.erase(0, 1);
  const double sign = negative ? -1 : 1;
  if (one_of(text, {".inf", ".Inf", ".INF"})) return sign * std::numeric_limits<double>::infinity();
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  if (text.find(':') != std::string::npos) return sign * base_sixty<double>(text, parse_real);
  return sign * parse_real(text);
}

bool is_true(std::string_view text) {
  return one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
}
bool is_false(std::string_view text) {
  return one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"});
}

Value tagged(std::string_view type, const std::string& text) {
  if (type == "str") return text;
  if (type == "null") return {};
  const Value plain = resolve_plain_scalar(text);
  if (type == "int" && plain.get_if<int64_t>()) return plain;
  if (type == "bool" && plain.get_if<bool>()) return plain;
  if (type == "float") {
    if (const auto* whole = plain.get_if<int64_t>()) return static_cast<double>(*whole);
    if (plain.get_if<double>()) return plain;
  }
  throw FormatError({.what = fmt::format("{} does not fit its tag !!{}", to_yaml(text), type)});
}

}  // namespace

Value resolve_plain_scalar(std::string_view view) {
  const std::string text(view);
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return {};
  if (is_true(text)) return true;
  if (is_false(text)) return false;
  if (is_integer(text)) return integer(text);
  if (is_float(text)) return real(text);
  return text;
}

Value resolve_scalar(std::string_view tag, const std::string& text) {
  constexpr std::string_view core = "tag:yaml.org,2002:";
  if (tag == "?" || tag.empty()) return resolve_plain_scalar(text);
  if (tag == "!") return text;
  if (tag.starts_with(core)) return tagged(tag.substr(core.size()), text);
  throw FormatError(
      {.what = fmt::format("unknown tag {}", tag), .fix = "write the value without it"});
}

}  // namespace nnstretch::config
