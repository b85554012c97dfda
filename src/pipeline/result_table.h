// result.csv: one row a configuration, and beside it result.json with all that was measured.
//     cfg,latency,energy
//     configs/mi/R-34-CD.yaml,3520.4,0.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/context.h"

namespace nnstretch::pipeline {

// Both files together. Every change is on disk when the call returns; the row comes last, so a row
// always has its record.
class ResultTable {
 public:
  // Reads what is there (the published header "#cfg,..." too). FormatError names file:line of a
  // row that is none. Throws IoError at once if the folder cannot be written.
  explicit ResultTable(std::filesystem::path csv);

  // True if there is a row for `cfg` whose record was made from these inputs.
  bool has(const std::string& cfg, const std::string& inputs) const;
  // Adds the row, or replaces it in place. `record` is the configuration's part of result.json.
  void put(const std::string& cfg, const std::string& inputs, double latency_us, double energy_uj,
           Json record);
  // A configuration that failed has no row.
  void remove(const std::string& cfg);
  size_t size() const { return rows_.size(); }

 private:
  struct Row {
    std::string cfg, latency, energy;
  };
  void save() const;
  std::filesystem::path csv_path_, json_path_;
  std::vector<Row> rows_;
  Json records_;  // by configuration
};

}  // namespace nnstretch::pipeline
