#include "config/yaml_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "config/numbers.h"

namespace nnstretch::config {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Walks over a scalar from its front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  bool take_one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  size_t take_all_of(std::string_view characters) {
    const size_t count = std::min(rest_.find_first_not_of(characters), rest_.size());
    rest_.remove_prefix(count);
    return count;
  }
  // ":05:59" and so on; how many.
  size_t take_sixtieths() {
    size_t count = 0;
    for (Scanner ahead = *this; ahead.take(":"); ++count) {
      const bool tens = ahead.take_one_of("012345");
      if (!ahead.take_one_of("0123456789") && !tens) break;
      *this = ahead;
    }
    return count;
  }
  // "e-05"; true also where there is none.
  bool take_exponent() {
    if (!take_one_of("eE")) return true;
    return take_one_of("-+") && take_all_of("0123456789") > 0;
  }

 private:
  std::string_view rest_;
};

// [-+]? 0b[0-1_]+ | 0x[0-9a-fA-F_]+ | 0[0-7_]* | [1-9][0-9_]* with or without sixtieths
bool is_integer(std::string_view text) {
  Scanner scan(text);
  scan.take_one_of("-+");
  if (scan.take("0b")) return scan.take_all_of("01_") > 0 && scan.at_end();
  if (scan.take("0x")) return scan.take_all_of("0123456789abcdefABCDEF_") > 0 && scan.at_end();
  if (scan.take("0")) {
    scan.take_all_of("01234567_");
    return scan.at_end();
  }
  if (!scan.take_one_of("123456789")) return false;
  scan.take_all_of("0123456789_");
  scan.take_sixtieths();
  return scan.at_end();
}

// [-+]? [0-9][0-9_]*[.][0-9_]* and an exponent or sixtieths; without sign [.][0-9][0-9_]* and an
// exponent; infinity and, without sign, no number.
bool is_float(std::string_view text) {
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  Scanner scan(text);
  const bool has_sign = scan.take_one_of("-+");
  if (!scan.take_one_of("0123456789")) {
    if (!scan.take(".")) return false;
    if (one_of(text.substr(has_sign ? 2 : 1), {"inf", "Inf", "INF"})) return true;
    if (has_sign || !scan.take_one_of("0123456789")) return false;
    scan.take_all_of("0123456789_");
    return scan.take_exponent() && scan.at_end();
  }
  scan.take_all_of("0123456789_");
  const bool sixtieths = scan.take_sixtieths() > 0;
  if (!scan.take(".")) return false;
  scan.take_all_of("0123456789_");
  return (sixtieths || scan.take_exponent()) && scan.at_end();
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
