// The fastest run as a picture: a row a processor, a box a part, microseconds below.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/names.h"
#include "report/reporters.h"

namespace nnstretch::report {
namespace {

using measure::PartResult;
using measure::Result;

constexpr double kWidth = 900, kLeft = 130, kRight = 20, kRow = 46, kLetter = 7;  // pixels
constexpr const char* kLone = "#8d99ae";
constexpr std::array kBranches = {"#4c9f70", "#5a7dcf", "#d08c3f"};

std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : printable(name)) {
    if (c == '<')
      text += "&lt;";
    else if (c == '&')
      text += "&amp;";
    else
      text += c;
  }
  return text;
}

class Picture {
 public:
  explicit Picture(const Result& result) : result_(result), run_(*result.fastest) {
    for (const auto& one : result.processors) rows_.push_back(one.processor.name);
    for (const auto& part : run_.parts) end_ = std::max(end_, part.end);
  }

  std::string text() {
    const double height = kRow * static_cast<double>(rows_.size()) + kRow;
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
        kWidth, height);
    for (size_t row = 0; row < rows_.size(); ++row)
      put("<text x=\"8\" y=\"{}\">{}</text>", top(row) + 22, escaped(rows_[row]));
    for (size_t i = 0; i < result_.parts.size() && i < run_.parts.size(); ++i)
      box(result_.parts[i], run_.parts[i]);
    scale();
    return text_ + "</svg>\n";
  }

 private:
  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    text_ += fmt::format(format, std::forward<Values>(values)...) + '\n';
  }
  static double top(size_t row) { return kRow * static_cast<double>(row) + 12; }
  double x(double us) const { return kLeft + us * (kWidth - kLeft - kRight) / std::max(end_, 1.0); }

  void box(const PartResult& part, const runtime::PartTiming& time) {
    const auto row =
        static_cast<size_t>(std::find(rows_.begin(), rows_.end(), part.processor) - rows_.begin());
    const double left = x(time.start), width = std::max(x(time.end) - left, 1.0);
    // "stem", "s3", "stem..s2", "head", not "s1.cpu".
    const bool lone =
        part.first_stage != part.last_stage || part.name.find('.') == std::string::npos;
    put("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" rx=\"3\" fill=\"{}\"/>", left,
        top(row), width, kRow - 12, lone ? kLone : kBranches.at(row % kBranches.size()));
    if (width > kLetter * static_cast<double>(part.name.size()))
      put("<text x=\"{:.1f}\" y=\"{}\" fill=\"white\" text-anchor=\"middle\">{}</text>",
          left + width / 2, top(row) + 22, escaped(part.name));
  }

  void scale() {
    constexpr int kMarks = 4;
    for (int mark = 0; mark <= kMarks; ++mark) {
      const double us = end_ * mark / kMarks;
      put("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{:.0f} us</text>",
          x(us), top(rows_.size()) + 20, us);
    }
  }

  const Result& result_;
  const runtime::Timeline& run_;
  std::vector<std::string> rows_;
  double end_ = 0;
  std::string text_;
};

class Svg final : public Reporter {
  std::string_view name() const override { return "svg"; }
  std::string text(const Report& report) const override {
    if (!report.timed || !report.timed->fastest)
      throw UsageError({.what = "there is no run to draw"});
    return Picture(*report.timed).text();
  }
};

}  // namespace

std::unique_ptr<Reporter> svg_reporter() { return std::make_unique<Svg>(); }

}  // namespace nnstretch::report
