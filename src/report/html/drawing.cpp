#include "report/html/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/names.h"

namespace nnstretch::report::html {
namespace {

constexpr int kMarks = 4;

std::string with_tip(std::string_view element, std::string_view end, std::string_view tip) {
  if (tip.empty()) return fmt::format("{}/>", element);
  return fmt::format("{}><title>{}</title></{}>", element, escaped(tip), end);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string all;
  for (const char c : printable(text)) {
    if (c == '<')
      all += "&lt;";
    else if (c == '>')
      all += "&gt;";
    else if (c == '&')
      all += "&amp;";
    else if (c == '"')
      all += "&quot;";
    else
      all += c;
  }
  return all;
}

double round_above(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0})
    if (step * power >= value) return step * power;
  return 10 * power;
}

Drawing::Drawing(double width, double height, std::string_view label)
    : head_(fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", width, height,
                        escaped(label))) {}

void Drawing::box(double x, double y, double width, double height, std::string_view look,
                  std::string_view tip) {
  put(with_tip(
      fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"",
                  x, y, std::max(width, 0.8), height, look),
      "rect", tip));
}

void Drawing::line(Points points, std::string_view look, std::string_view tip) {
  std::string path;
  for (const auto& [x, y] : points)
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
  put(with_tip(fmt::format("<path d=\"{}\" class=\"{}\"", path, look), "path", tip));
}

void Drawing::dot(double x, double y, double radius, std::string_view look, std::string_view tip) {
  put(with_tip(
      fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" class=\"{}\"", x, y, radius, look),
      "circle", tip));
}

void Drawing::words(double x, double y, std::string_view text, std::string_view look,
                    std::string_view anchor) {
  put(fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>", x, y,
                  look, anchor, escaped(text)));
}

Axis Drawing::across(double left, double right, double top, double bottom, double most,
                     std::string_view unit) {
  const Axis axis{left, right, round_above(most)};
  for (int mark = 0; mark <= kMarks; ++mark) {
    const double value = axis.most * mark / kMarks, x = axis.at(value);
    line(std::array{std::pair{x, top}, std::pair{x, bottom}}, "grid");
    words(x, bottom + 14, fmt::format("{:g}", value), "tick", "middle");
  }
  words(right, bottom + 28, unit, "tick", "end");
  return axis;
}

Axis Drawing::up(double bottom, double top, double left, double right, double most,
                 std::string_view unit) {
  const Axis axis{bottom, top, round_above(most)};
  for (int mark = 0; mark <= kMarks; ++mark) {
    const double value = axis.most * mark / kMarks, y = axis.at(value);
    line(std::array{std::pair{left, y}, std::pair{right, y}}, "grid");
    words(left - 6, y + 4, fmt::format("{:g}", value), "tick", "end");
  }
  words(left - 40, top - 3, unit, "tick");
  return axis;
}

std::string Drawing::text() const { return head_ + elements_ + "</svg>"; }

}  // namespace nnstretch::report::html
