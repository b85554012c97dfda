#include "report/page.h"

#include <utility>

namespace nnstretch::report {

Table::Table(std::vector<std::string> header, std::vector<bool> left) : left_(std::move(left)) {
  left_.resize(header.size());
  left_[0] = true;
  rows_.push_back(std::move(header));
}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = printable(cell);
  row.resize(rows_.empty() ? row.size() : rows_[0].size());
  rows_.push_back(std::move(row));
}

Table& Page::table(std::vector<std::string> header, std::vector<bool> left) {
  return std::get<Table>(blocks_.emplace_back(Table(std::move(header), std::move(left))));
}

std::string grouped(int64_t value) {
  std::string text = std::to_string(value);
  for (int at = static_cast<int>(text.size()) - 3; at > (value < 0); at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string images(int64_t seen, int64_t skipped) {
  return skipped > 0 ? fmt::format("{}, {} damaged", seen, skipped) : std::to_string(seen);
}

}  // namespace nnstretch::report
