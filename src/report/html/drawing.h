// A picture as SVG in a page: boxes, lines, dots and words, each with what a pointer is told, and
// an axis. Colours are those of the page's style sheet, by class.
//     Drawing picture(900, 120, "latency of each network");
//     const Axis across = picture.across(92, 880, 20, 100, 14.5, "ms");
//     picture.box(92, 30, across.at(7.2) - 92, 11, "bar", "net: minimum 7.20 ms");
//     page += picture.text();
#pragma once
#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nnstretch::report::html {

// As HTML and SVG show it as it stands; one line.
std::string escaped(std::string_view text);

// The least number at or above `value` that people like on an axis: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8
// times a power of ten; 1 for nothing above zero.
double round_above(double value);

// From 0 at `begin` to `most` at `end`, in pixels.
struct Axis {
  double begin = 0, end = 0, most = 1;
  double at(double value) const { return begin + (end - begin) * value / most; }
};

using Points = std::span<const std::pair<double, double>>;

class Drawing {
 public:
  Drawing(double width, double height, std::string_view label);

  void box(double x, double y, double width, double height, std::string_view look,
           std::string_view tip = {});
  void line(Points points, std::string_view look, std::string_view tip = {});
  void dot(double x, double y, double radius, std::string_view look, std::string_view tip);
  // `anchor`: start, middle or end.
  void words(double x, double y, std::string_view text, std::string_view look = {},
             std::string_view anchor = "start");
  // Marks from 0 to round_above(most) with lines from `top` to `bottom`, and the unit.
  Axis across(double left, double right, double top, double bottom, double most,
              std::string_view unit);
  Axis up(double bottom, double top, double left, double right, double most, std::string_view unit);

  std::string text() const;

 private:
  void put(std::string element) { elements_ += element; }

  std::string head_, elements_;
};

}  // namespace nnstretch::report::html
