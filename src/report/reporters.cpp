#include "report/reporters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "report/show.h"

namespace nnstretch::report {
namespace {

using Reporters = std::vector<std::unique_ptr<Reporter>>;

// Those for stdout.
Reporters page_reporters() {
  Reporters all;
  all.push_back(text_reporter());
  all.push_back(markdown_reporter());
  all.push_back(csv_reporter());
  return all;
}

// Those for files of runs, by their ending; the first for any other.
Reporters picture_reporters() {
  Reporters all;
  all.push_back(trace_reporter());
  all.push_back(svg_reporter());
  return all;
}

}  // namespace

std::vector<std::string> page_formats() {
  std::vector<std::string> names;
  for (const auto& reporter : page_reporters()) names.emplace_back(reporter->name());
  return names;
}

void write_json(const Report& report, const std::filesystem::path& file) {
  write_atomic(file, json_reporter()->text(report));
}

void emit(const Report& report, const Outputs& outputs) {
  if (outputs.json == "-") return write_out(json_reporter()->text(report));
  if (!outputs.json.empty()) write_json(report, outputs.json);
  for (const auto& reporter : page_reporters())
    if (reporter->name() == outputs.format) return write_out(reporter->text(report));
  throw UsageError({.what = fmt::format("there is no format '{}'", outputs.format),
                    .fix = fmt::format("choose one of {}", fmt::join(page_formats(), ", "))});
}

void write_trace(const Report& report, const std::filesystem::path& file) {
  const Reporters all = picture_reporters();
  const auto is_meant = [&](const auto& one) {
    return file.extension() == fmt::format(".{}", one->name());
  };
  const auto found = std::ranges::find_if(all, is_meant);
  write_atomic(file, (found == all.end() ? all.front() : *found)->text(report));
}

}  // namespace nnstretch::report
