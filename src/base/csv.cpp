#include "base/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nnstretch::csv {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class Reader {
 public:
  Reader(std::string_view text, const std::string& where) : text_(text), where_(where) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    if (const size_t zero = text_.find('\0'); zero != text_.npos) {
      line_ += static_cast<size_t>(std::count(text_.begin(), text_.begin() + zero, '\n'));
      fail("a zero byte: this is no table", "save it as text in UTF-8, or move the file away");
    }
    study_first_row();
  }

  Table read() {
    Table table{separator_, {}};
    while (!text_.empty()) {
      const bool blank = at_line_end();
      Row row{line_, read_cells()};
      if (!blank) table.rows.push_back(std::move(row));
    }
    return table;
  }

 private:
  // The separators of the first row that has text, outside quotes: which, and spaces behind them?
  void study_first_row() {
    const size_t begin = std::min(text_.find_first_not_of("\r\n"), text_.size());
    size_t commas = 0, semicolons = 0, spaces = 0;
    bool quoted = false;
    for (size_t i = begin; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == '\n' || c == '\r') break;
      if (c != ',' && c != ';') continue;
      (c == ',' ? commas : semicolons) += 1;
      spaces += i + 1 < text_.size() && text_[i + 1] == ' ';
    }
    if (commas == 0 && semicolons > 0) separator_ = ';';
    skip_spaces_ = spaces > 0 && spaces == std::max(commas, semicolons);
  }

  bool at_line_end() const { return text_.empty() || text_[0] == '\n' || text_[0] == '\r'; }

  // Up to the end of the row, which is taken.
  std::vector<std::string> read_cells() {
    std::vector<std::string> cells;
    while (true) {
      cells.push_back(read_cell());
      if (text_.empty()) return cells;
      const char end = text_[0];
      text_.remove_prefix(1);
      if (end == separator_) {
        if (skip_spaces_) text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
        continue;
      }
      if (end == '\r' && text_.starts_with('\n')) text_.remove_prefix(1);
      ++line_;
      return cells;
    }
  }

  std::string read_cell() {
    if (text_.starts_with('"')) return read_quoted();
    const char ends[] = {separator_, '\n', '\r'};
    const size_t end = std::min(text_.find_first_of({ends, sizeof ends}), text_.size());
    std::string cell(text_.substr(0, end));
    text_.remove_prefix(end);
    return cell;
  }

  std::string read_quoted() {
    std::string cell = read_to_quote();
    for (; text_.starts_with('"'); cell += '"' + read_to_quote()) {}  // twice: one within
    if (!at_line_end() && text_[0] != separator_)
      fail("there is text behind a closing quote", "write a quote within quotes twice");
    return cell;
  }

  // What stands between the quote that comes next and the one after it, both taken.
  std::string read_to_quote() {
    text_.remove_prefix(1);
    const size_t end = text_.find('"');
    if (end == text_.npos) fail("a quote is not closed", "close it, or move the file away");
    std::string piece(text_.substr(0, end));
    line_ += lines_in(piece);
    text_.remove_prefix(end + 1);
    return piece;
  }

  static size_t lines_in(std::string_view text) {
    size_t lines = 0;
    for (size_t i = 0; i < text.size(); ++i)
      lines += text[i] == '\n' || (text[i] == '\r' && !text.substr(i + 1).starts_with('\n'));
    return lines;
  }

  [[noreturn]] void fail(const char* what, const char* fix) const {
    throw FormatError({.what = what, .where = fmt::format("{}:{}", where_, line_), .fix = fix});
  }

  std::string_view text_;  // what is still to be read
  const std::string& where_;
  size_t line_ = 1;
  char separator_ = ',';
  bool skip_spaces_ = false;
};

std::string quoted(const std::string& cell, bool alone) {
  const bool plain = cell.find_first_of(",;\"\r\n") == cell.npos && !cell.starts_with(' ') &&
                     !cell.ends_with(' ') && !cell.starts_with('#') && !(alone && cell.empty());
  if (plain) return cell;
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

}  // namespace

Table parse(std::string_view text, const std::string& where) { return Reader(text, where).read(); }

std::string line(std::span<const std::string> cells) {
  std::string text;
  for (const std::string& cell : cells) {
    if (&cell != cells.data()) text += ',';
    text += quoted(cell, cells.size() == 1);
  }
  return text + '\n';
}

std::string line(std::initializer_list<std::string> cells) {
  return line(std::span(cells.begin(), cells.size()));
}

}  // namespace nnstretch::csv
