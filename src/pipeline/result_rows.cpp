#include "pipeline/result_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"

namespace nnstretch::pipeline {
namespace {

// Python's way to write a float: always with a fraction, so that other readers see one.
std::string number(double value) {
  std::string text = fmt::format("{}", std::round(value * 1000) / 1000);  // thousandths
  return text.find_first_of(".en") == text.npos ? text + ".0" : text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

bool blank(const std::string& cell) { return trimmed(cell).empty(); }

[[noreturn]] void refuse(const std::string& where, size_t line, std::string what,
                         std::string fix = "mend the line or move the file away") {
  throw FormatError(
      {.what = std::move(what), .where = fmt::format("{}:{}", where, line), .fix = std::move(fix)});
}

// As it will be written again: with a point. Empty if it is no number from 0 up.
std::string as_number(std::string_view cell, char separator) {
  std::string text(trimmed(cell));
  if (separator == ';' && text.find('.') == text.npos)
    if (const size_t comma = text.find(','); comma != text.npos) text[comma] = '.';
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) && value >= 0 ? text : "";
}

}  // namespace

ResultRows::ResultRows() : header_{"cfg", "latency", "energy"} {}

ResultRows ResultRows::parse(std::string_view text, const std::string& where) {
  csv::Table table = csv::parse(text, where);
  ResultRows rows;
  if (table.rows.empty()) return rows;
  rows.read_header(std::move(table.rows.front()), where);
  std::map<std::string, size_t> lines;  // of configurations
  for (size_t i = 1; i < table.rows.size(); ++i) {
    const size_t line = table.rows[i].line;
    if (!rows.read_row(std::move(table.rows[i]), table.separator, where)) continue;
    const auto [other, is_new] = lines.emplace(rows.cfg(rows.size() - 1), line);
    if (!is_new)
      refuse(where, line,
             fmt::format("'{}' has a row in line {} already", other->first, other->second),
             "remove one of the two or move the file away");
  }
  return rows;
}

void ResultRows::read_header(csv::Row header, const std::string& where) {
  header_.clear();
  for (const std::string& cell : header.cells) header_.emplace_back(trimmed(cell));
  if (header_[0] == "#cfg") header_[0] = "cfg";
  const auto column = [&](const char* name) {
    const auto found = std::find(header_.begin(), header_.end(), name);
    if (found == header_.end() || std::count(header_.begin(), header_.end(), name) > 1)
      refuse(where, header.line,
             fmt::format("the header has {} column '{}'",
                         found == header_.end() ? "no" : "twice the", name),
             "give it the columns cfg,latency,energy or move the file away");
    return static_cast<size_t>(found - header_.begin());
  };
  cfg_ = column("cfg"), latency_ = column("latency"), energy_ = column("energy");
}

bool ResultRows::read_row(csv::Row row, char separator, const std::string& where) {
  if (std::all_of(row.cells.begin(), row.cells.end(), blank)) return false;
  while (row.cells.size() > header_.size() && blank(row.cells.back())) row.cells.pop_back();
  if (row.cells.size() > header_.size())
    refuse(where, row.line,
           fmt::format("{} cells under {} columns", row.cells.size(), header_.size()));
  row.cells.resize(header_.size());
  if (blank(row.cells[cfg_])) refuse(where, row.line, "a row without a configuration");
  for (const size_t column : {latency_, energy_}) {
    const std::string value = as_number(row.cells[column], separator);
    if (value.empty())
      refuse(where, row.line,
             fmt::format("the {} '{}' is no number from 0 up", header_[column], row.cells[column]));
    row.cells[column] = value;
  }
  rows_.push_back(std::move(row.cells));
  return true;
}

std::string ResultRows::text() const {
  std::string text = csv::line(header_);
  for (const auto& row : rows_) text += csv::line(row);
  return text;
}

std::optional<size_t> ResultRows::find(std::string_view cfg) const {
  for (size_t i = 0; i < rows_.size(); ++i)
    if (rows_[i][cfg_] == cfg) return i;
  return {};
}

std::vector<std::string> ResultRows::further(size_t row) const {
  std::vector<std::string> cells;
  for (size_t i = 0; i < header_.size(); ++i)
    if (i != cfg_ && i != latency_ && i != energy_) cells.push_back(rows_[row][i]);
  return cells;
}

size_t ResultRows::add(const std::string& cfg) {
  rows_.emplace_back(header_.size());
  rows_.back()[cfg_] = cfg;
  return rows_.size() - 1;
}

void ResultRows::set(size_t row, double latency_us, double energy_uj) {
  rows_[row][latency_] = number(latency_us);
  rows_[row][energy_] = number(energy_uj);
}

void ResultRows::erase(size_t row) { rows_.erase(rows_.begin() + static_cast<ptrdiff_t>(row)); }

}  // namespace nnstretch::pipeline
