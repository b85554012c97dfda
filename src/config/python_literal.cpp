#include "config/python_literal.h"

#include <algorithm>

#include "base/error.h"
#include "config/numbers.h"

namespace nnstretch::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Digits where one underscore may stand between two of them: gives them without, or nothing.
std::optional<std::string> joined_digits(std::string_view text, std::string_view allowed) {
  std::string digits;
  bool after_digit = false;
  for (const char c : text) {
    const bool digit = allowed.find(c) != std::string_view::npos;
    if (!digit && !(c == '_' && after_digit)) return std::nullopt;
    if (digit) digits += c;
    after_digit = digit;
  }
  if (!after_digit) return std::nullopt;
  return digits;
}

constexpr std::string_view decimal = "0123456789";

// Nothing where 64 bits do not hold it.
std::optional<int64_t> integer(const std::string& digits, int base) {
  try {
    return parse_integer(digits, base);
  } catch (const FormatError&) {
    return std::nullopt;
  }
}

std::optional<int64_t> whole_number(std::string_view text) {
  struct Base {
    std::string_view prefixes, digits;
    int base;
  };
  constexpr Base bases[] = {
      {"xX", "0123456789abcdefABCDEF", 16}, {"oO", "01234567", 8}, {"bB", "01", 2}};
  for (const Base& base : bases) {
    if (text.size() < 3 || text[0] != '0' || base.prefixes.find(text[1]) == std::string_view::npos)
      continue;
    text.remove_prefix(text[2] == '_' ? 3 : 2);
    const auto digits = joined_digits(text, base.digits);
    return digits ? integer(*digits, base.base) : std::nullopt;
  }
  const auto digits = joined_digits(text, decimal);
  if (!digits) return std::nullopt;
  const bool leading_zero = digits->size() > 1 && digits->front() == '0';
  if (leading_zero && digits->find_first_not_of('0') != std::string::npos) return std::nullopt;
  return integer(*digits, 10);
}

// 1.  .5  1e5  1_0.5e-3
std::optional<double> real_number(std::string_view text) {
  const size_t exponent = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, exponent);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  if (point == mantissa.size() && exponent == text.size()) return std::nullopt;
  const std::string_view before = mantissa.substr(0, point);
  const std::string_view after = mantissa.substr(std::min(point + 1, mantissa.size()));
  if (before.empty() && after.empty()) return std::nullopt;
  std::string number = "0";
  for (const auto& [digits, lead] : {std::pair(before, ""), std::pair(after, ".")}) {
    if (digits.empty()) continue;
    const auto joined = joined_digits(digits, decimal);
    if (!joined) return std::nullopt;
    number += lead + *joined;
  }
  if (exponent < text.size()) {
    std::string_view power = text.substr(exponent + 1);
    const bool negative = power.starts_with('-');
    if (negative || power.starts_with('+')) power.remove_prefix(1);
    const auto joined = joined_digits(power, decimal);
    if (!joined) return std::nullopt;
    number += (negative ? "e-" : "e+") + *joined;
  }
  return parse_real(number);
}

// One expression at a time from the front of the text; nothing as soon as it is no literal.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Value> whole() {
    auto value = item();
    if (!value) return std::nullopt;
    if (next_is(',')) return rest_of_sequence(std::move(*value), '\0');  // 1, 2 is a tuple
    return at_end() ? value : std::nullopt;
  }

 private:
  static constexpr int deepest = 32;

  void skip_space() {
    const std::string_view space = open_ > 0 ? " \t\r\n\f" : " \t";
    text_.remove_prefix(std::min(text_.find_first_not_of(space), text_.size()));
  }
  bool at_end() {
    if (open_ == 0) text_ = text_.substr(0, text_.find_last_not_of("\r\n") + 1);
    skip_space();
    return text_.empty();
  }
  bool next_is(char c) {
    skip_space();
    return !text_.empty() && text_.front() == c;
  }
  bool take(char c) {
    if (!next_is(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::optional<Value> item() {
    skip_space();
    if (text_.empty()) return std::nullopt;
    switch (text_.front()) {
      case '[':
        return sequence(']');
      case '(':
        return sequence(')');
      case '\'':
      case '"':
        return string();
      case '+':
      case '-':
        return signed_number();
      default:
        return is_digit(text_.front()) || text_.front() == '.' ? number() : word();
    }
  }

  std::optional<Value> sequence(char close) {
    if (open_ == deepest) return std::nullopt;
    ++open_;
    text_.remove_prefix(1);
    if (take(close)) {
      --open_;
      return Value(List{});
    }
    auto first = item();
    if (!first) return std::nullopt;
    if (close == ')' && take(')')) {  // (1) is 1
      --open_;
      return first;
    }
    return rest_of_sequence(std::move(*first), close);
  }

  // After the first item of a sequence; `close` 0: it ends with the text.
  std::optional<Value> rest_of_sequence(Value first, char close) {
    List list{std::move(first)};
    const auto closed = [&] { return close == '\0' ? at_end() : take(close); };
    while (!closed()) {
      if (!take(',')) return std::nullopt;
      if (closed()) break;
      auto next = item();
      if (!next) return std::nullopt;
      list.push_back(std::move(*next));
    }
    if (close != '\0') --open_;
    return Value(std::move(list));
  }

  std::optional<Value> string() {
    const char quote = text_.front();
    if (text_.starts_with(std::string(3, quote))) return std::nullopt;  // triple quotes
    std::string content;
    for (size_t i = 1; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\n') return std::nullopt;
      if (c == quote) {
        text_.remove_prefix(i + 1);
        return Value(std::move(content));
      }
      if (c != '\\') {
        content += c;
        continue;
      }
      if (++i == text_.size()) return std::nullopt;
      constexpr std::string_view escapes = "\\'\"ntr", meanings = "\\'\"\n\t\r";
      const size_t known = escapes.find(text_[i]);
      if (known == std::string_view::npos) return std::nullopt;
      content += meanings[known];
    }
    return std::nullopt;
  }

  std::optional<Value> signed_number() {
    const bool negative = text_.front() == '-';
    text_.remove_prefix(1);
    skip_space();
    if (text_.empty() || !(is_digit(text_.front()) || text_.front() == '.')) return std::nullopt;
    auto value = number();
    if (!value || !negative) return value;
    if (const auto* whole = value->get_if<int64_t>()) return Value(-*whole);
    return Value(-*value->get_if<double>());
  }

  std::optional<Value> number() {
    size_t end = 0;
    while (end < text_.size() && (is_word(text_[end]) || text_[end] == '.' || after_exponent(end)))
      ++end;
    const std::string_view digits = text_.substr(0, end);
    text_.remove_prefix(end);
    if (const auto whole = whole_number(digits)) return Value(*whole);
    if (const auto real = real_number(digits)) return Value(*real);
    return std::nullopt;
  }
  // The sign in 1e-5.
  bool after_exponent(size_t at) const {
    const bool sign = text_[at] == '-' || text_[at] == '+';
    const bool hexadecimal = text_.starts_with("0x") || text_.starts_with("0X");
    return sign && at > 0 && !hexadecimal && (text_[at - 1] == 'e' || text_[at - 1] == 'E');
  }

  std::optional<Value> word() {
    size_t end = 0;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view name = text_.substr(0, end);
    text_.remove_prefix(end);
    if (name == "None") return Value();
    if (name == "True") return Value(true);
    if (name == "False") return Value(false);
    return std::nullopt;
  }

  std::string_view text_;
  int open_ = 0;  // brackets around the place, inside which lines may break
};

}  // namespace

std::optional<Value> python_literal(std::string_view text) { return Reader(text).whole(); }

std::string python_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    constexpr std::string_view escapes = "\\'ntr", meanings = "\\'\n\t\r";
    const size_t known = meanings.find(c);
    if (known == std::string_view::npos) {
      quoted += c;
    } else {
      quoted += '\\';
      quoted += escapes[known];
    }
  }
  return quoted + "'";
}

}  // namespace nnstretch::config
