// The rows of a result.csv: as this program writes them, and as people and spreadsheets leave them.
//     ResultRows rows = ResultRows::parse(read_text(path), path.string());
//     rows.set(rows.find("net.yaml").value_or(rows.add("net.yaml")), 3520.4, 0);
//     write_atomic(path, rows.text());
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"

namespace nnstretch::pipeline {

class ResultRows {
 public:
  ResultRows();  // none, under the header cfg,latency,energy
  // Columns in any order, further ones too, which stay; "#cfg" as the original wrote it; a decimal
  // comma where semicolons part the cells. An empty text has no rows. FormatError naming file:line
  // for what csv::parse refuses, a header without the three columns, cells without a column, a
  // latency or energy that is no number from 0 up, and a configuration that has two rows.
  static ResultRows parse(std::string_view text, const std::string& where);
  std::string text() const;

  size_t size() const { return rows_.size(); }
  std::optional<size_t> find(std::string_view cfg) const;
  const std::string& cfg(size_t row) const { return rows_[row][cfg_]; }
  const std::string& latency(size_t row) const { return rows_[row][latency_]; }  // us, as written
  const std::string& energy(size_t row) const { return rows_[row][energy_]; }    // uJ, as written
  std::vector<std::string> further(size_t row) const;  // cells of the other columns

  size_t add(const std::string& cfg);  // at the end; its index
  void set(size_t row, double latency_us, double energy_uj);
  void erase(size_t row);

 private:
  void read_header(csv::Row header, const std::string& where);
  // False for a blank row.
  bool read_row(csv::Row row, char separator, const std::string& where);
  std::vector<std::string> header_;
  size_t cfg_ = 0, latency_ = 1, energy_ = 2;  // columns
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace nnstretch::pipeline
