#include "data/imagenet_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/archive.h"
#include "data/imagenet_synsets.h"

namespace nnstretch::data {
namespace {

[[noreturn]] void refuse(const std::string& where, size_t line, std::string what) {
  throw FormatError({.what = std::move(what), .where = fmt::format("{}:{}", where, line)});
}

// Calls line(text, number) for each line; numbers begin with 1.
template <class Function>
void for_lines(std::string_view text, Function line) {
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view one = text.substr(0, end);
    if (one.ends_with('\r')) one.remove_suffix(1);
    line(one, ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view without_ending(std::string_view file) { return file.substr(0, file.find('.')); }

void add(ValidationLabels& labels, std::string_view file, std::string_view id,
         const std::string& where, size_t line) {
  if (!is_wordnet_id(id)) refuse(where, line, fmt::format("'{}' is no WordNet id", id));
  if (!labels.emplace(without_ending(file), id).second)
    refuse(where, line, fmt::format("a second label of {}", file));
}

// One ILSVRC2012_ID a line, in the order of the files' numbers.
ValidationLabels number_labels(std::string_view text, const SynsetIds& ids,
                               const std::string& where) {
  ValidationLabels labels;
  for_lines(text, [&](std::string_view line, size_t number) {
    int id = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), id);
    const auto known = ids.find(id);
    if (error != std::errc() || end != line.data() + line.size() || known == ids.end())
      refuse(where, number, fmt::format("'{}' is no ILSVRC2012_ID of meta.mat", line));
    add(labels, fmt::format("ILSVRC2012_val_{:08}", number), known->second, where, number);
  });
  return labels;
}

ValidationLabels read_devkit(const std::filesystem::path& path) {
  constexpr std::string_view truth = "data/ILSVRC2012_validation_ground_truth.txt";
  std::optional<SynsetIds> ids;
  std::string lines, lines_where;
  for (Archive archive(path); archive.next();) {
    const std::string& name = archive.name();
    if (name.ends_with("data/meta.mat")) ids = parse_synsets(archive.read(), archive.where());
    if (name.ends_with(truth)) {
      lines_where = archive.where();
      const auto bytes = archive.read();
      lines.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
  }
  if (!ids || lines.empty())
    throw FormatError({.what = "no development kit: data/meta.mat or the ground truth is missing",
                       .where = path.string(),
                       .fix = "give ILSVRC2012_devkit_t12.tar.gz"});
  return number_labels(lines, *ids, lines_where);
}

}  // namespace

bool is_wordnet_id(std::string_view name) {
  return name.size() == 9 && name[0] == 'n' &&
         std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c); });
}

// ImageId,PredictionString: NAME,"WNID x1 y1 x2 y2 ..." after a line of headings.
ValidationLabels parse_solution_csv(std::string_view text, const std::string& where) {
  ValidationLabels labels;
  for_lines(text, [&](std::string_view line, size_t number) {
    if (number == 1 || line.empty()) return;
    const size_t comma = line.find(',');
    if (comma == line.npos) refuse(where, number, "no comma");
    std::string_view id = line.substr(comma + 1);
    if (id.starts_with('"')) id.remove_prefix(1);
    add(labels, line.substr(0, comma), id.substr(0, id.find(' ')), where, number);
  });
  return labels;
}

// mv ILSVRC2012_val_00000293.JPEG n01440764/
ValidationLabels parse_valprep(std::string_view text, const std::string& where) {
  ValidationLabels labels;
  for_lines(text, [&](std::string_view line, size_t number) {
    if (!line.starts_with("mv ")) return;
    line.remove_prefix(3);
    const size_t space = line.find(' ');
    if (space == line.npos) refuse(where, number, "a file is moved nowhere");
    std::string_view folder = line.substr(space + 1);
    if (folder.ends_with('/')) folder.remove_suffix(1);
    add(labels, line.substr(0, space), folder, where, number);
  });
  return labels;
}

ValidationLabels read_validation_labels(const std::filesystem::path& path) {
  const std::string extension = path.extension();
  if (extension == ".gz" || extension == ".tar" || extension == ".tgz") return read_devkit(path);
  const std::string text = read_text(path);
  ValidationLabels labels = extension == ".csv" ? parse_solution_csv(text, path.string())
                                                : parse_valprep(text, path.string());
  if (labels.empty())
    throw FormatError({.what = "no labels of validation pictures",
                       .where = path.string(),
                       .fix = "give the devkit, LOC_val_solution.csv or valprep.sh"});
  return labels;
}

}  // namespace nnstretch::data
