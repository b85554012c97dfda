#include "data/beton_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "data/parallel.h"
#include "image/encoded.h"

namespace nnstretch::data {
namespace {

using beton::FieldType;
using beton::ImageMode;

// A picture and its label: no padding but before the label.
constexpr size_t label_offset = 16, record_size = 24;

void check(const BetonOptions& options) {
  const auto refuse = [](std::string what, std::string fix) {
    throw UsageError({.what = std::move(what), .fix = std::move(fix)});
  };
  if (options.mode == BetonMode::smart && !options.smart_threshold)
    refuse("smart needs a threshold", "give `smart_threshold` in bytes of raw pixels");
  if (!(options.compress_probability >= 0 && options.compress_probability <= 1))
    refuse(fmt::format("{} is no probability", options.compress_probability), "give 0 to 1");
  if (options.jpeg_quality < 0 || options.jpeg_quality > 100)
    refuse(fmt::format("no JPEG has the quality {}", options.jpeg_quality), "give 0 to 100");
  if (!std::has_single_bit(options.page_size) || options.page_size < beton::least_page ||
      options.page_size > UINT32_MAX)
    refuse(fmt::format("pages of {} bytes", options.page_size),
           fmt::format("give a power of two from {} to 2147483648", beton::least_page));
  if (options.max_resolution < 0 || options.workers < 1)
    refuse("a negative number of pixels or no worker", "give 0 or more pixels, 1 or more workers");
}

// One sample as it is stored.
struct Encoded {
  ImageMode mode = ImageMode::raw;
  int height = 0, width = 0;
  int64_t label = 0;
  std::vector<std::byte> bytes;
};

// Packed, so that the rows follow each other.
image::Image shrunk(const image::View& from, int longest) {
  const double ratio =
      longest > 0 ? static_cast<double>(longest) / std::max(from.height, from.width) : 1;
  image::Image to{.height = from.height, .width = from.width, .rgb = {}};
  if (ratio < 1) {
    to.height = std::max(1, static_cast<int>(ratio * from.height));
    to.width = std::max(1, static_cast<int>(ratio * from.width));
  }
  to.rgb.resize(3 * static_cast<size_t>(to.height) * static_cast<size_t>(to.width));
  image::resize_area(from, to.height, to.width, to.rgb.data());
  return to;
}

// As FFCV is given it: Pillow, which reads the folders there, does not turn pictures by EXIF.
image::Image pixels(const Sample& sample, int longest) {
  if (sample.form == Sample::Form::file)
    return shrunk(image::view(image::decode_unturned(sample.bytes, sample.where)), longest);
  return shrunk({.rgb = reinterpret_cast<const uint8_t*>(sample.bytes.data()),
                 .height = sample.height,
                 .width = sample.width,
                 .pitch = 3 * static_cast<size_t>(sample.width)},
                longest);
}

bool as_jpg(size_t raw_size, uint64_t sample, const BetonOptions& options) {
  switch (options.mode) {
    case BetonMode::raw:
      return false;
    case BetonMode::jpg:
      return true;
    case BetonMode::smart:
      return raw_size > *options.smart_threshold;
    case BetonMode::proportion:
      break;
  }
  return KeyedRandom{options.seed, sample}.chance(options.compress_probability);
}

Encoded encode(const Dataset& dataset, size_t index, const BetonOptions& options) {
  const Sample sample = dataset.read(index);
  const image::Image picture = pixels(sample, options.max_resolution);
  if (picture.height > UINT16_MAX || picture.width > UINT16_MAX)
    throw FormatError({.what = fmt::format("{} x {} pixels", picture.width, picture.height),
                       .where = sample.where,
                       .fix = "give `max_resolution`: a .beton file holds up to 65535"});
  Encoded encoded{
      .height = picture.height, .width = picture.width, .label = sample.label, .bytes = {}};
  if (as_jpg(picture.rgb.size(), index, options)) {
    encoded.mode = ImageMode::jpg;
    encoded.bytes = image::encode_jpeg(image::view(picture), options.jpeg_quality);
  } else {
    const auto raw = std::as_bytes(std::span(picture.rgb));
    encoded.bytes.assign(raw.begin(), raw.end());
  }
  if (encoded.bytes.size() > options.page_size)
    throw FormatError({.what = fmt::format("{} bytes do not fit into a page of {}",
                                           encoded.bytes.size(), options.page_size),
                       .where = sample.where,
                       .fix = "give `max_resolution` or a larger `page_size`"});
  return encoded;
}

template <class T>
void put(std::vector<std::byte>& to, size_t at, T value) {
  std::memcpy(&to[at], &value, sizeof value);
}

class Writer {
 public:
  Writer(const std::filesystem::path& path, uint64_t samples, uint64_t page_size)
      : file_(path), page_size_(page_size), records_(samples * record_size) {
    // Zeros now, the numbers at the end.
    pad_to_page(records_at() + records_.size());
  }

  void add(const Encoded& sample) {
    const uint64_t left = (page_size_ - file_.size() % page_size_) % page_size_;
    if (sample.bytes.size() > left) pad_to_page(file_.size());
    const size_t record = samples_ * record_size;
    put(records_, record, sample.mode);
    put(records_, record + 1, static_cast<uint16_t>(sample.width));
    put(records_, record + 3, static_cast<uint16_t>(sample.height));
    put(records_, record + 5, file_.size());
    put(records_, record + label_offset, sample.label);
    const uint64_t row[] = {samples_, file_.size(), sample.bytes.size()};
    const auto bytes = std::as_bytes(std::span(row));
    table_.insert(table_.end(), bytes.begin(), bytes.end());
    file_.append(sample.bytes);
    ++samples_;
  }

  uint64_t finish() {
    pad_to_page(file_.size());
    const uint64_t table_at = file_.size();
    file_.append(table_);
    file_.write_at(records_at(), records_);
    file_.write_at(beton::header_size, fields());
    std::vector<std::byte> header(beton::header_size);
    put(header, 0, beton::version);
    put(header, 2, static_cast<uint16_t>(2));
    put(header, 4, static_cast<uint32_t>(page_size_));
    put(header, 8, samples_);
    put(header, 16, table_at);
    file_.write_at(0, header);
    file_.commit();
    return file_.size();
  }

 private:
  static uint64_t records_at() { return beton::header_size + 2 * beton::field_size; }

  static std::vector<std::byte> fields() {
    std::vector<std::byte> fields(2 * beton::field_size);
    put(fields, 0, FieldType::rgb_image);
    std::memcpy(&fields[1], "image", 5);
    put(fields, beton::field_size, FieldType::int64);
    std::memcpy(&fields[beton::field_size + 1], "label", 5);
    return fields;
  }
  // Zeros up to the first border of a page at or after `least`.
  void pad_to_page(uint64_t least) {
    const uint64_t end = (least + page_size_ - 1) / page_size_ * page_size_;
    const std::vector<std::byte> zeros(size_t{1} << 20);
    while (file_.size() < end)
      file_.append(std::span(zeros).first(std::min<uint64_t>(zeros.size(), end - file_.size())));
  }

  AtomicFile file_;
  uint64_t page_size_, samples_ = 0;
  std::vector<std::byte> records_, table_;
};

}  // namespace

BetonSummary write_beton(const Dataset& dataset, const std::filesystem::path& path,
                         const BetonOptions& options) {
  check(options);
  constexpr size_t at_once = 64;  // samples that wait in memory
  Writer writer(path, dataset.size(), options.page_size);
  BetonSummary summary;
  Progress progress("writing " + path.filename().string(), dataset.size());
  for (size_t from = 0; from < dataset.size(); from += at_once) {
    std::vector<Encoded> encoded(std::min(at_once, dataset.size() - from));
    parallel_for(encoded.size(), options.workers,
                 [&](size_t i) { encoded[i] = encode(dataset, from + i, options); });
    for (const Encoded& sample : encoded) {
      ++(sample.mode == ImageMode::jpg ? summary.jpg : summary.raw);
      writer.add(sample);
      progress.step({});
    }
  }
  summary.bytes = writer.finish();
  return summary;
}

}  // namespace nnstretch::data
