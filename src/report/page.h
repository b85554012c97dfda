// What people read of a result: lines and tables, in the order in which they are added. How they
// look is a reporter's business (report/reporter.h).
//     Page page;
//     page.line("{}: {} runs", name, 50);
//     Table& table = page.table({"part", "us"}, {true});
//     table.add({"stem", "12.5"});
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "report/printed.h"

namespace nnstretch::report {

// Text in columns, each cell printable (base/names.h): the first aligned to the left, the others to
// the right unless `left` says so.
class Table {
 public:
  explicit Table(std::vector<std::string> header, std::vector<bool> left = {});
  void add(std::vector<std::string> row);

  // The header first.
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }
  bool is_left(size_t column) const { return left_.at(column); }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<bool> left_;
};

class Page {
 public:
  // A line; texts among the values are made printable.
  template <class... Values>
  void line(fmt::format_string<Values...> format, const Values&... values) {
    blocks_.emplace_back(printed(format, values...));
  }
  void space() { blocks_.emplace_back(std::string()); }
  // Stays valid until the page ends.
  Table& table(std::vector<std::string> header, std::vector<bool> left = {});

  using Block = std::variant<std::string, Table>;
  const std::deque<Block>& blocks() const { return blocks_; }

 private:
  std::deque<Block> blocks_;  // which stay where they are when it grows
};

// 1234567 -> "1,234,567"
std::string grouped(int64_t value);
// "99", or "99, 1 damaged" where pictures were left out.
std::string images(int64_t seen, int64_t skipped);

}  // namespace nnstretch::report
