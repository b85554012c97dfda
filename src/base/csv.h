// Tables as RFC 4180 has them, written so, and read as spreadsheets and people write them.
//     for (const csv::Row& row : csv::parse(read_text(path), path.string()))
//       use(row.cells.at(0));
//     text += csv::line({"a,b.yaml", "3520.4", "0.0"});  // "a,b.yaml",3520.4,0.0
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::csv {

struct Row {
  size_t line = 0;  // of the file, where the row begins; counted from 1
  std::vector<std::string> cells;
  bool operator==(const Row&) const = default;
};

struct Table {
  char separator = ',';
  std::vector<Row> rows;
};

// Cells are parted by commas; by semicolons where the first row has those and no comma. They may be
// quoted, and hold anything then. Rows end in LF, CRLF or CR; blank lines and a byte order mark are
// passed over. Where each comma of the first row has a space behind it, spaces there are none of
// the cell. FormatError with `where`:line for a quote that is not closed or has text behind it, and
// for zero bytes.
Table parse(std::string_view text, const std::string& where);

// One row with its LF. Quoted is what a reader would take for something else otherwise: separators,
// quotes, line ends, spaces at either end, '#' at the beginning, a row of one empty cell.
std::string line(std::span<const std::string> cells);
std::string line(std::initializer_list<std::string> cells);

}  // namespace nnstretch::csv
