// Pages: in columns, as Markdown, as CSV. And the JSON beside them.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/columns.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/json.h"
#include "report/reporters.h"

namespace nnstretch::report {
namespace {

std::string in_columns(const Table& table) {
  std::vector<size_t> widths(table.rows()[0].size());
  for (const auto& row : table.rows())
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : table.rows()) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += fmt::format("{}{}", i ? "  " : "",
                          table.is_left(i) ? fmt::format("{:<{}}", row[i], widths[i])
                                           : fmt::format("{:>{}}", row[i], widths[i]));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

// As it stands, whatever Markdown would make of it.
std::string escaped(const std::string& words) {
  std::string text;
  for (const char c : words) {
    if (std::string_view("\\|<&*`").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

// A blank line ends it: the next table would be more of its rows otherwise.
std::string in_markdown(const Table& table) {
  std::string text;
  for (const auto& row : table.rows()) {
    for (const std::string& cell : row) text += fmt::format("| {} ", escaped(cell));
    text += "|\n";
    if (&row != &table.rows()[0]) continue;
    for (size_t i = 0; i < row.size(); ++i) text += table.is_left(i) ? "|---" : "|--:";
    text += "|\n";
  }
  return text + "\n";
}

template <class Line, class OfTable>
std::string each(const Page& page, Line line, OfTable of_table) {
  std::string text;
  for (const auto& block : page.blocks()) {
    if (const auto* words = std::get_if<std::string>(&block))
      text += line(*words);
    else
      text += of_table(std::get<Table>(block));
  }
  return text;
}

class Text final : public Reporter {
  std::string_view name() const override { return "text"; }
  std::string text(const Report& report) const override {
    const auto columns = columns_of(STDOUT_FILENO);
    return each(
        report.page,
        [&](const std::string& line) {
          return (columns ? wrapped(line, *columns, 4) : line) + "\n";
        },
        in_columns);
  }
};

// A line is a paragraph.
class Markdown final : public Reporter {
  std::string_view name() const override { return "md"; }
  std::string text(const Report& report) const override {
    return each(
        report.page,
        [](const std::string& line) { return line.empty() ? "" : escaped(line) + "\n\n"; },
        in_markdown);
  }
};

class Csv final : public Reporter {
  std::string_view name() const override { return "csv"; }
  std::string text(const Report& report) const override {
    for (const auto& block : report.page.blocks())
      if (const auto* table = std::get_if<Table>(&block)) {
        std::string text;
        for (const auto& row : table->rows()) text += csv::line(row);
        return text;
      }
    throw UsageError({.what = "there is no table to write as CSV", .fix = "take `format` text"});
  }
};

class JsonText final : public Reporter {
  std::string_view name() const override { return "json"; }
  std::string text(const Report& report) const override { return json_text(report.json) + "\n"; }
};

}  // namespace

std::unique_ptr<Reporter> text_reporter() { return std::make_unique<Text>(); }
std::unique_ptr<Reporter> markdown_reporter() { return std::make_unique<Markdown>(); }
std::unique_ptr<Reporter> csv_reporter() { return std::make_unique<Csv>(); }
std::unique_ptr<Reporter> json_reporter() { return std::make_unique<JsonText>(); }

}  // namespace nnstretch::report
