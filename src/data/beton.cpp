#include "data/beton.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"

namespace nnstretch::data {
namespace {

using beton::FieldType;
using beton::ImageMode;

struct Allocation {
  uint64_t offset, size, sample;
};

// Where the two fields that count stand in a record.
struct RecordLayout {
  size_t size = 0;
  std::optional<size_t> image, label;
};

struct Extent {
  size_t size, alignment;
};

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  BetonIndex parse() {
    parse_header();
    const RecordLayout layout = parse_fields();
    const uint64_t first = beton::header_size + fields_ * uint64_t{beton::field_size};
    if (samples_ > (table_ - std::min(table_, first)) / layout.size)
      damaged(8, fmt::format("{} samples, for which there is no room", samples_));
    first_pixel_ = first + samples_ * layout.size;
    const std::vector<Allocation> allocations = parse_table();
    for (uint64_t i = 0; i < samples_; ++i)
      add_record(first + i * layout.size, layout, i, allocations);
    return std::move(index_);
  }

 private:
  [[noreturn]] void damaged(uint64_t at, std::string what) const {
    throw FormatError({.what = std::move(what),
                       .where = fmt::format("{}: byte {}", where_, at),
                       .fix = "the file may be cut short or damaged; write it again"});
  }
  // The caller knows that it lies inside.
  template <class T>
  T number(uint64_t at) const {
    T value;
    std::memcpy(&value, &bytes_[at], sizeof value);
    return value;
  }

  void parse_header() {
    if (bytes_.size() < beton::header_size) damaged(0, "no FFCV file: shorter than its header");
    if (const auto found = number<uint16_t>(0); found != beton::version)
      damaged(0,
              fmt::format("version {} of FFCV's format, where {} is read", found, beton::version));
    fields_ = number<uint16_t>(2);
    index_.page_size = number<uint32_t>(4);
    samples_ = number<uint64_t>(8);
    table_ = number<uint64_t>(16);
    if (!std::has_single_bit(index_.page_size))
      damaged(4, fmt::format("a page of {} bytes, which is no power of two", index_.page_size));
    if (table_ < beton::header_size || table_ > bytes_.size())
      damaged(16, fmt::format("the allocation table begins at {}, the file ends at {}", table_,
                              bytes_.size()));
    if ((bytes_.size() - table_) % beton::row_size != 0)
      damaged(16, fmt::format("{} bytes of allocation table, where rows of {} belong",
                              bytes_.size() - table_, beton::row_size));
    if (fields_ > (table_ - beton::header_size) / beton::field_size)
      damaged(2, fmt::format("{} fields, for which there is no room", fields_));
  }

  Extent extent_of(uint8_t type, uint64_t at) const {
    switch (static_cast<FieldType>(type)) {
      case FieldType::float64:
      case FieldType::int64:
      case FieldType::ndarray:
      case FieldType::tensor:
        return {8, 8};
      case FieldType::rgb_image:
        return {beton::image_size, 1};
      case FieldType::bytes:
      case FieldType::json:
        return {16, 1};
    }
    damaged(at, fmt::format("a field of type {}, whose size is not known", type));
  }

  // Fields follow each other in a record, each at a multiple of its alignment.
  RecordLayout parse_fields() {
    RecordLayout layout;
    size_t largest = 1;
    const auto aligned = [](size_t at, size_t to) { return (at + to - 1) / to * to; };
    for (uint64_t i = 0; i < fields_; ++i) {
      const uint64_t at = beton::header_size + i * beton::field_size;
      const auto type = number<uint8_t>(at);
      const Extent extent = extent_of(type, at);
      const size_t offset = aligned(layout.size, extent.alignment);
      layout.size = offset + extent.size;
      largest = std::max(largest, extent.alignment);
      index_.fields.push_back(name_at(at + 1));
      if (static_cast<FieldType>(type) == FieldType::rgb_image && !layout.image)
        layout.image = offset;
      if (static_cast<FieldType>(type) == FieldType::int64 && !layout.label) layout.label = offset;
    }
    if (!layout.image || !layout.label)
      damaged(2, "no field of pictures or none of integers for the labels");
    layout.size = aligned(layout.size, largest);
    return layout;
  }
  // Sixteen bytes, or up to a zero.
  std::string name_at(uint64_t at) const {
    constexpr size_t longest = 16;
    const char* name = reinterpret_cast<const char*>(&bytes_[at]);
    std::string shown(name, ::strnlen(name, longest));
    for (char& c : shown)
      if (c < ' ' || c > '~') c = '?';
    return shown;
  }

  // By offset.
  std::vector<Allocation> parse_table() const {
    std::vector<Allocation> rows;
    rows.reserve((bytes_.size() - table_) / beton::row_size);
    for (uint64_t at = table_; at < bytes_.size(); at += beton::row_size) {
      const Allocation row{number<uint64_t>(at + 8), number<uint64_t>(at + 16),
                           number<uint64_t>(at)};
      if (row.offset < first_pixel_ || row.offset > table_ || row.size > table_ - row.offset)
        damaged(at, fmt::format("{} bytes at {} of sample {}, outside of the pages from {} to {}",
                                row.size, row.offset, row.sample, first_pixel_, table_));
      if (row.sample >= samples_)
        damaged(at, fmt::format("an allocation of sample {} of {}", row.sample, samples_));
      rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end(),
              [](const Allocation& a, const Allocation& b) { return a.offset < b.offset; });
    return rows;
  }

  void add_record(uint64_t at, const RecordLayout& layout, uint64_t sample,
                  const std::vector<Allocation>& allocations) {
    const uint64_t image = at + *layout.image;
    BetonRecord record;
    const auto mode = number<uint8_t>(image);
    record.mode = static_cast<ImageMode>(mode);
    record.width = number<uint16_t>(image + 1);
    record.height = number<uint16_t>(image + 3);
    record.offset = number<uint64_t>(image + 5);
    record.label = number<int64_t>(at + *layout.label);
    const auto row =
        std::lower_bound(allocations.begin(), allocations.end(), record.offset,
                         [](const Allocation& a, uint64_t offset) { return a.offset < offset; });
    if (row == allocations.end() || row->offset != record.offset || row->sample != sample)
      damaged(image + 5,
              fmt::format("sample {} has its pixels at {}, which the table does not know", sample,
                          record.offset));
    record.size = row->size;
    if (record.mode != ImageMode::jpg && record.mode != ImageMode::raw)
      damaged(image, fmt::format("sample {} is of mode {}, neither jpg nor raw", sample, mode));
    const uint64_t raw_size =
        uint64_t{3} * number<uint16_t>(image + 1) * number<uint16_t>(image + 3);
    if (raw_size == 0 || (record.mode == ImageMode::raw && record.size != raw_size))
      damaged(image + 1, fmt::format("sample {} of {} x {} pixels has {} bytes", sample,
                                     record.width, record.height, record.size));
    constexpr int64_t most_classes = 1 << 24;
    if (record.label < 0 || record.label >= most_classes)
      damaged(at + *layout.label, fmt::format("sample {} has the label {}", sample, record.label));
    index_.classes = std::max(index_.classes, record.label + 1);
    index_.records.push_back(record);
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  uint64_t fields_ = 0, samples_ = 0, table_ = 0, first_pixel_ = 0;
  BetonIndex index_;
};

}  // namespace

BetonIndex parse_beton(std::span<const std::byte> bytes, const std::string& where) {
  return Parser(bytes, where).parse();
}

Beton::Beton(const std::filesystem::path& path)
    : where_(path.string()), file_(path), index_(parse_beton(file_.bytes(), where_)) {}

Sample Beton::read(size_t index) const {
  const BetonRecord& record = index_.records.at(index);
  Sample sample;
  if (record.mode == ImageMode::raw) sample.form = Sample::Form::rgb;
  sample.height = record.height;
  sample.width = record.width;
  sample.label = record.label;
  sample.where = fmt::format("{}: sample {} at byte {}", where_, index, record.offset);
  sample.bytes = file_.bytes().subspan(record.offset, record.size);
  return sample;
}

}  // namespace nnstretch::data
