// result.csv: one row a configuration, and beside it result.json with all that was measured.
//     cfg,latency,energy
//     configs/mi/R-34-CD.yaml,3520.4,0.0
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "base/json_fields.h"
#include "pipeline/result_rows.h"

namespace nnstretch::pipeline {

// Both files together, for one process at a time. Every change is on disk when the call returns. A
// process may be killed in between: every row has its record then, and one that is not surely the
// row's own has no inputs, so that has() is false.
//
// A row is named as its configuration was spelled first. It is the same configuration however its
// path is written: the record keeps the path from the table's folder.
class ResultTable {
 public:
  // What a table is made of: itself, its records, its lock, and the rows and records that went.
  static std::vector<std::filesystem::path> files_of(const std::filesystem::path& csv);
  // Takes the lock `csv`.lock; `on_wait` is told who holds it, if somebody does. Then reads what is
  // there, and makes what is not. IoError; FormatError naming file:line for what cannot be
  // understood: then no file was changed.
  explicit ResultTable(const std::filesystem::path& csv,
                       const std::function<void(const std::string& holder)>& on_wait = {});

  // The name of its row, whether there is one or not.
  std::string name_of(const std::filesystem::path& cfg) const;
  // True if there is a row for `cfg` whose record was made from these inputs.
  bool has(const std::filesystem::path& cfg, const std::string& inputs) const;
  // Adds the row, or replaces it in place. `record` is the configuration's part of result.json.
  void put(const std::filesystem::path& cfg, const std::string& inputs, double latency_us,
           double energy_uj, Json record);
  // A configuration that failed has no row: one that it had goes, with the reason, to `csv`.old and
  // its record to a line of `json`.old.
  void retire(const std::filesystem::path& cfg, const std::string& reason);
  // Its record; null if there is none.
  Json record(const std::filesystem::path& cfg) const;
  // The record of each row, by its name.
  std::map<std::string, Json> records() const;
  size_t size() const { return rows_.size(); }

  // What a model file held when it was made ("" if that is not known): its content, by hash.
  std::string digest_of(const std::string& model) const;
  void note_digest(const std::string& model, const std::string& digest);

 private:
  std::string identity_of(const std::filesystem::path& cfg) const;
  std::string identity_of_row(size_t row) const;
  void retire_row(std::string name, const std::string& reason);
  void save_rows() const;
  void save_records() const;

  std::filesystem::path csv_path_, json_path_, folder_;
  FileLock lock_;
  ResultRows rows_;
  Json json_;                            // all of the file; "configs": the records by row
  std::vector<std::string> identities_;  // of rows_
};

}  // namespace nnstretch::pipeline
