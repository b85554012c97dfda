#include "pipeline/result_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace nnstretch::pipeline {
namespace {

constexpr std::string_view kHeader = "cfg,latency,energy";

// Python's way to write a float: always with a fraction, so that other readers see one.
std::string number(double value) {
  std::string text = fmt::format("{}", std::round(value * 1000) / 1000);  // nanoseconds
  return text.find_first_of(".en") == text.npos ? text + ".0" : text;
}

// Left behind by a run that was killed while writing.
void remove_unfinished(const std::filesystem::path& beside) {
  std::error_code error;
  const auto stem = beside.filename().string() + ".";
  for (const auto& entry : std::filesystem::directory_iterator(beside.parent_path(), error))
    if (const auto name = entry.path().filename().string();
        name.starts_with(stem) && name.ends_with(".part"))
      std::filesystem::remove(entry.path(), error);
}

}  // namespace

ResultTable::ResultTable(std::filesystem::path csv)
    : csv_path_(std::filesystem::absolute(csv)),
      json_path_(std::filesystem::path(csv_path_).replace_extension(".json")),
      records_(Json::object()) {
  for (const auto& path : {csv_path_, json_path_}) remove_unfinished(path);
  if (std::filesystem::exists(csv_path_)) {
    std::istringstream file(read_text(csv_path_));
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.empty() || line == kHeader || line == "#" + std::string(kHeader)) continue;
      const auto second = line.rfind(','), first = second ? line.rfind(',', second - 1) : line.npos;
      if (second == line.npos || first == line.npos)
        throw FormatError({.what = "not a row of cfg,latency,energy",
                           .where = fmt::format("{}:{}", csv_path_.string(), number),
                           .fix = "mend the line or move the file away"});
      rows_.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1),
                       line.substr(second + 1)});
    }
  }
  if (std::filesystem::exists(json_path_)) {
    const Json json = parse_json<Json>(read_text(json_path_), json_path_.string());
    if (!json.is_object() || !json.contains("configs") || !json["configs"].is_object())
      throw FormatError({.what = "not a result.json of this program",
                         .where = json_path_.string(),
                         .fix = "move the file away"});
    records_ = json["configs"];
  }
  save();
}

bool ResultTable::has(const std::string& cfg, const std::string& inputs) const {
  const bool row =
      std::any_of(rows_.begin(), rows_.end(), [&](const Row& r) { return r.cfg == cfg; });
  return row && records_.contains(cfg) && records_[cfg].value("inputs", "") == inputs;
}

void ResultTable::put(const std::string& cfg, const std::string& inputs, double latency_us,
                      double energy_uj, Json record) {
  record["inputs"] = inputs;
  records_[cfg] = std::move(record);
  auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.cfg == cfg; });
  if (row == rows_.end()) row = rows_.insert(rows_.end(), Row{cfg, "", ""});
  row->latency = number(latency_us);
  row->energy = number(energy_uj);
  save();
}

void ResultTable::remove(const std::string& cfg) {
  std::erase_if(rows_, [&](const Row& row) { return row.cfg == cfg; });
  records_.erase(cfg);
  save();
}

void ResultTable::save() const {
  write_atomic(json_path_, Json{{"schema", 1}, {"configs", records_}}.dump(1) + "\n");
  std::string text = std::string(kHeader) + "\n";
  for (const Row& row : rows_) text += fmt::format("{},{},{}\n", row.cfg, row.latency, row.energy);
  write_atomic(csv_path_, text);
}

}  // namespace nnstretch::pipeline
