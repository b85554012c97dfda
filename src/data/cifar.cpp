#include "data/cifar.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "weights/pickle.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;
namespace pickle = weights::pickle;

constexpr size_t plane_size = size_t{Cifar::side} * Cifar::side;
constexpr size_t picture_size = 3 * plane_size;

std::vector<fs::path> batch_files(const fs::path& folder, std::string_view split,
                                  std::string_view ending) {
  if (split != "train") return {folder / fmt::format("test_batch{}", ending)};
  std::vector<fs::path> files;
  for (int i = 1; i <= 5; ++i)
    if (const auto file = folder / fmt::format("data_batch_{}{}", i, ending); fs::exists(file))
      files.push_back(file);
  return files;
}

void interleave(std::span<const uint8_t> planes, std::vector<uint8_t>& rgb) {
  for (size_t picture = 0; picture < planes.size(); picture += picture_size)
    for (size_t i = 0; i < plane_size; ++i)
      for (size_t c = 0; c < 3; ++c) rgb.push_back(planes[picture + c * plane_size + i]);
}

std::vector<std::string> read_names(const fs::path& file) {
  std::vector<std::string> names;
  if (!fs::exists(file)) return names;
  const std::string text = read_text(file);
  for (size_t from = 0, to; from < text.size(); from = to + 1) {
    to = std::min(text.find('\n', from), text.size());
    if (to > from) names.push_back(text.substr(from, to - from));
  }
  return names;
}

[[noreturn]] void damaged(const std::string& where, std::string what) {
  throw FormatError({.what = std::move(what),
                     .where = where,
                     .fix = "the file may be damaged; unpack CIFAR-10 again"});
}

const pickle::Value& entry(const pickle::Pickle& file, std::string_view key,
                           const std::string& where) {
  const auto* dict = std::get_if<pickle::Dict>(&file[file.root]);
  const pickle::Value* value = dict ? file.find(*dict, key) : nullptr;
  if (!value) damaged(where, fmt::format("no dictionary with an entry '{}'", key));
  return *value;
}

int64_t checked_label(int64_t label, size_t index, const std::string& where) {
  if (label < 0 || label >= Cifar::classes)
    damaged(where, fmt::format("picture {} has the label {}; there are {} classes", index, label,
                               int{Cifar::classes}));
  return label;
}

}  // namespace

CifarBatch parse_cifar_binary(std::span<const std::byte> bytes, const std::string& where) {
  constexpr size_t record = 1 + picture_size;
  if (bytes.empty() || bytes.size() % record != 0)
    damaged(where, fmt::format("{} bytes, where records of {} belong; the last one begins at {}",
                               bytes.size(), record, bytes.size() / record * record));
  CifarBatch batch;
  for (size_t at = 0; at < bytes.size(); at += record) {
    const auto label = static_cast<int64_t>(bytes[at]);
    if (label >= Cifar::classes)
      damaged(fmt::format("{}: byte {}", where, at), fmt::format("a label {}", label));
    batch.labels.push_back(label);
    const auto* planes = reinterpret_cast<const uint8_t*>(&bytes[at]) + 1;
    batch.planes.insert(batch.planes.end(), planes, planes + picture_size);
  }
  return batch;
}

CifarBatch parse_cifar_pickle(std::span<const std::byte> bytes, const std::string& where) {
  const pickle::Pickle file = pickle::parse(bytes, where);
  const auto* array = std::get_if<pickle::NumpyArray>(&entry(file, "data", where));
  const auto* labels = std::get_if<pickle::List>(&entry(file, "labels", where));
  if (!array || !labels) damaged(where, "'data' is no array or 'labels' no list");
  const auto count = static_cast<int64_t>(labels->items.size());
  if (array->type != DType::u8 || array->column_major ||
      array->shape != std::vector<int64_t>{count, static_cast<int64_t>(picture_size)})
    damaged(where, fmt::format("'data' is not {} rows of {} bytes", count, picture_size));
  const std::string_view planes = *pickle::characters(file[array->bytes]);
  if (planes.size() != static_cast<size_t>(count) * picture_size)
    damaged(where, fmt::format("'data' has {} bytes", planes.size()));
  CifarBatch batch{.labels = {}, .planes = {planes.begin(), planes.end()}};
  for (const pickle::Ref item : labels->items) {
    const auto* label = std::get_if<int64_t>(&file[item]);
    if (!label) damaged(where, "a label is no integer");
    batch.labels.push_back(checked_label(*label, batch.labels.size(), where));
  }
  return batch;
}

bool Cifar::stands_in(const fs::path& folder) {
  for (const char* name : {"data_batch_1", "data_batch_1.bin", "test_batch", "test_batch.bin"})
    if (fs::is_regular_file(folder / name)) return true;
  return false;
}

Cifar::Cifar(const fs::path& folder, std::string_view split) : where_(folder.string()) {
  const bool binary =
      fs::exists(folder / "data_batch_1.bin") || fs::exists(folder / "test_batch.bin");
  if (binary) names_ = read_names(folder / "batches.meta.txt");
  const auto files = batch_files(folder, split, binary ? ".bin" : "");
  if (files.empty())
    throw IoError({.what = "no training batches of CIFAR-10",
                   .where = where_,
                   .fix = "data_batch_1 to data_batch_5 belong here"});
  for (const fs::path& file : files) {
    const auto bytes = read_bytes(file);
    const CifarBatch batch = binary ? parse_cifar_binary(bytes, file.string())
                                    : parse_cifar_pickle(bytes, file.string());
    labels_.insert(labels_.end(), batch.labels.begin(), batch.labels.end());
    interleave(batch.planes, rgb_);
  }
}

Sample Cifar::read(size_t index) const {
  Sample sample;
  sample.form = Sample::Form::rgb;
  sample.height = sample.width = side;
  sample.label = labels_.at(index);
  sample.where = fmt::format("{}: picture {}", where_, index);
  sample.bytes = std::as_bytes(std::span(rgb_).subspan(index * picture_size, picture_size));
  return sample;
}

}  // namespace nnstretch::data
