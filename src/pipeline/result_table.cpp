#include "pipeline/result_table.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

// JSON is UTF-8, file names are any bytes: those that are none are written as \xff.
std::string text_of(const fs::path& path) {
  const std::string name = path.string();
  try {
    (void)Json(name).dump();
    return name;
  } catch (const Json::exception&) {
    std::string text;
    for (const char c : name)
      text +=
          c & 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
    return text;
  }
}

[[noreturn]] void refuse(const fs::path& path, std::string what) {
  throw FormatError({.what = std::move(what),
                     .where = path.string(),
                     .fix = "move the file away: what it has no record of is run again"});
}

Json read_json(const fs::path& path) try {
  Json json = parse_json<Json>(read_text(path), path.string());
  if (!json.is_object() || !json.contains("configs") || !json["configs"].is_object())
    refuse(path, "not a result.json of this program");
  const Json schema = json.value("schema", Json(1));
  if (schema != 1) refuse(path, "its schema is not 1: made by another version");
  for (const auto& [name, record] : json["configs"].items())
    if (!record.is_object()) refuse(path, fmt::format("the record of '{}' is none", name));
  if (!json.value("models", Json::object()).is_object())
    refuse(path, "'models' is no list of files");
  return json;
} catch (const FormatError& error) {
  refuse(path, error.message().what);
}

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Whole lines only, whoever edited the file.
void append(const fs::path& path, const std::string& first, const std::string& line) {
  std::string text = fs::exists(path) ? read_text(path) : first;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  write_atomic(path, text + line);
}

fs::path with_suffix(const fs::path& path, const char* suffix) { return path.string() + suffix; }

// Left behind by a run that was killed while writing; the lock says that nobody writes now.
void remove_unfinished(const fs::path& beside) {
  std::error_code error;
  const auto stem = beside.filename().string() + ".";
  for (const auto& entry : fs::directory_iterator(beside.parent_path(), error))
    if (const auto name = entry.path().filename().string();
        name.starts_with(stem) && name.ends_with(".part"))
      fs::remove(entry.path(), error);
}

}  // namespace

std::vector<fs::path> ResultTable::files_of(const fs::path& csv) {
  const fs::path json = fs::path(csv).replace_extension(".json");
  return {csv, json, with_suffix(csv, ".lock"), with_suffix(csv, ".old"),
          with_suffix(json, ".old")};
}

ResultTable::ResultTable(const fs::path& csv,
                         const std::function<void(const std::string& holder)>& on_wait)
    : csv_path_(fs::weakly_canonical(csv)),  // one lock for all names of a table
      json_path_(fs::absolute(csv).replace_extension(".json")),
      folder_(fs::weakly_canonical(json_path_.parent_path())),
      lock_(with_suffix(csv_path_, ".lock"), on_wait),
      json_{{"schema", 1}, {"configs", Json::object()}} {
  for (const auto& path : {csv_path_, json_path_}) remove_unfinished(path);
  const bool rows = fs::exists(csv_path_), records = fs::exists(json_path_);
  if (rows) rows_ = ResultRows::parse(read_text(csv_path_), csv_path_.string());
  if (records) json_ = read_json(json_path_);
  for (size_t i = 0; i < rows_.size(); ++i) identities_.push_back(identity_of_row(i));
  if (!records) save_records();
  if (!rows) save_rows();
}

std::string ResultTable::identity_of(const fs::path& cfg) const {
  return text_of(fs::weakly_canonical(cfg).lexically_relative(folder_));
}

std::string ResultTable::identity_of_row(size_t row) const {
  const Json& records = json_["configs"];
  const auto record = records.find(rows_.cfg(row));
  const std::string known = record == records.end() ? "" : text_in(*record, "path");
  return known.empty() ? identity_of(rows_.cfg(row)) : known;
}

std::string ResultTable::name_of(const fs::path& cfg) const {
  const std::string identity = identity_of(cfg);
  for (size_t i = 0; i < rows_.size(); ++i)
    if (identities_[i] == identity) return rows_.cfg(i);
  const std::string name = text_of(cfg);
  const auto row = rows_.find(name);
  // The row is of this file, which was moved, unless the file of the row is still where it was:
  // that one was named from another folder.
  std::error_code ignored;
  const bool is_other = row && fs::exists(folder_ / identities_[*row], ignored);
  return is_other ? text_of(fs::weakly_canonical(cfg)) : name;
}

bool ResultTable::has(const fs::path& cfg, const std::string& inputs) const {
  const std::string name = name_of(cfg);
  const Json& records = json_["configs"];
  if (inputs.empty() || !rows_.find(name) || !records.contains(name)) return false;
  return text_in(records[name], "inputs") == inputs;
}

Json ResultTable::record(const fs::path& cfg) const {
  return json_["configs"].value(name_of(cfg), Json());
}

std::map<std::string, Json> ResultTable::records() const {
  std::map<std::string, Json> records;
  for (size_t i = 0; i < rows_.size(); ++i)
    records[rows_.cfg(i)] = json_["configs"].value(rows_.cfg(i), Json());
  return records;
}

void ResultTable::put(const fs::path& cfg, const std::string& inputs, double latency_us,
                      double energy_uj, Json record) {
  const std::string name = name_of(cfg), identity = identity_of(cfg);
  for (size_t i = rows_.size(); i-- > 0;)
    if (identities_[i] == identity && rows_.cfg(i) != name)
      retire_row(rows_.cfg(i), fmt::format("the same configuration as {}", name));
  Json& kept = json_["configs"][name] = std::move(record);
  kept["path"] = identity;
  kept["inputs"] = "";  // until the row is on disk
  save_records();
  const auto old = rows_.find(name);
  const size_t row = old ? *old : rows_.add(name);
  rows_.set(row, latency_us, energy_uj);
  identities_.resize(rows_.size());
  identities_[row] = identity;
  save_rows();
  kept["inputs"] = inputs;
  save_records();
}

void ResultTable::retire(const fs::path& cfg, const std::string& reason) {
  retire_row(name_of(cfg), reason);
}

// The name is a copy: it may be that of the row which goes.
void ResultTable::retire_row(std::string name, const std::string& reason) {
  const auto time = utc_now();
  Json& records = json_["configs"];
  if (records.contains(name)) {
    const Json old = {{"cfg", name}, {"reason", reason}, {"time", time}, {"record", records[name]}};
    append(with_suffix(json_path_, ".old"), "", json_text(old, -1) + "\n");
  }
  if (const auto row = rows_.find(name)) {
    std::vector<std::string> cells = {name, rows_.latency(*row), rows_.energy(*row), reason, time};
    for (auto& cell : rows_.further(*row)) cells.push_back(std::move(cell));
    append(with_suffix(csv_path_, ".old"),
           csv::line({"cfg", "latency", "energy", "reason", "time"}), csv::line(cells));
    rows_.erase(*row);
    identities_.erase(identities_.begin() + static_cast<ptrdiff_t>(*row));
    save_rows();
  }
  if (records.erase(name)) save_records();
}

std::string ResultTable::digest_of(const std::string& model) const {
  return json_.contains("models") ? text_in(json_["models"], model.c_str()) : "";
}

void ResultTable::note_digest(const std::string& model, const std::string& digest) {
  json_["models"][model] = digest;
  save_records();
}

void ResultTable::save_records() const { write_atomic(json_path_, json_text(json_) + "\n"); }

void ResultTable::save_rows() const { write_atomic(csv_path_, rows_.text()); }

}  // namespace nnstretch::pipeline
