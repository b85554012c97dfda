#include "weights/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "weights/cursor.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using Json = nlohmann::json;

struct Code {
  std::string_view text;
  DType type;
};
constexpr auto kCodes = std::to_array<Code>({{"F32", DType::f32},
                                             {"F64", DType::f64},
                                             {"F16", DType::f16},
                                             {"BF16", DType::bf16},
                                             {"I8", DType::i8},
                                             {"U8", DType::u8},
                                             {"I16", DType::i16},
                                             {"I32", DType::i32},
                                             {"I64", DType::i64},
                                             {"BOOL", DType::boolean}});

// A line of the header is some 100 bytes; the limits keep a hostile header small in memory.
constexpr uint64_t kLongestHeader = uint64_t{16} << 20;
constexpr int kDeepest = 4;
constexpr size_t kMostDimensions = 16;

struct Entry {
  std::string name;
  DType type = DType::f32;
  ir::Shape shape = {};
  uint64_t begin = 0, end = 0;
};

uint64_t unsigned_number(const Json& value) {
  if (!value.is_number_unsigned()) throw FormatError({.what = "a size or offset is no number"});
  return value.get<uint64_t>();
}

DType type_of(const Json& value) {
  const auto& text = value.get_ref<const std::string&>();
  for (const Code& code : kCodes)
    if (code.text == text) return code.type;
  throw FormatError({.what = fmt::format("element type {} is not supported", shown(text)),
                     .fix = "save it as F32, F16 or BF16"});
}

uint64_t bytes_of(const Entry& entry) {
  uint64_t bytes = size_of(entry.type);
  for (const int64_t size : entry.shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
      throw FormatError({.what = "its shape is too large"});
  return bytes;
}

Entry parse_entry(const std::string& name, const Json& fields) {
  Entry entry{.name = name};
  entry.type = type_of(fields.at("dtype"));
  const Json& shape = fields.at("shape");
  const Json& offsets = fields.at("data_offsets");
  if (!shape.is_array() || shape.size() > kMostDimensions || !offsets.is_array() ||
      offsets.size() != 2)
    throw FormatError({.what = "its shape or data_offsets are no lists of the right length"});
  for (const Json& size : shape) {
    const uint64_t value = unsigned_number(size);
    if (value > INT64_MAX) throw FormatError({.what = "its shape is too large"});
    entry.shape.push_back(static_cast<int64_t>(value));
  }
  entry.begin = unsigned_number(offsets[0]);
  entry.end = unsigned_number(offsets[1]);
  if (entry.end < entry.begin || entry.end - entry.begin != bytes_of(entry))
    throw FormatError({.what = fmt::format("its data_offsets [{}, {}] do not fit its shape {}",
                                           entry.begin, entry.end, ir::to_string(entry.shape))});
  return entry;
}

std::vector<Entry> parse_header(std::string_view text, const std::string& where) {
  const Json header = parse_json(text, where, kDeepest);
  if (!header.is_object())
    throw FormatError(
        {.what = "the .safetensors header is not the JSON it should be", .where = where});
  std::vector<Entry> entries;
  for (const auto& [name, fields] : header.items()) {
    if (name == "__metadata__") continue;
    try {
      entries.push_back(parse_entry(name, fields));
    } catch (const FormatError& error) {
      throw FormatError({.what = fmt::format("tensor '{}': {}", shown(name), error.message().what),
                         .where = where,
                         .fix = error.message().fix});
    } catch (const Json::exception&) {
      throw FormatError(
          {.what = fmt::format("tensor '{}' lacks a dtype, shape or data_offsets", shown(name)),
           .where = where});
    }
  }
  return entries;
}

void check_layout(std::vector<Entry>& entries, uint64_t bytes, const std::string& where) {
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.begin, e.end); });
  uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at)
      throw FormatError({.what = fmt::format("tensor '{}' begins at byte {}, the one before it "
                                             "ends at {}",
                                             shown(entry.name), entry.begin, at),
                         .where = where});
    at = entry.end;
  }
  if (at != bytes)
    throw FormatError({.what = fmt::format("the tensors take {} bytes, the file has {}", at, bytes),
                       .where = where,
                       .fix = "the file may be cut short; copy it again"});
}

std::string_view code_of(const std::string& name, const ir::Tensor& tensor) {
  if (!tensor.scales.empty())
    throw FormatError({.what = "a .safetensors file has no place for int8 scales", .where = name});
  for (const Code& code : kCodes)
    if (code.type == tensor.dtype) return code.text;
  throw FormatError(
      {.what = fmt::format("{} has no .safetensors type", name_of(tensor.dtype)), .where = name});
}

using Named = std::pair<std::string_view, const ir::Tensor*>;

std::string quoted(std::string_view name) {
  try {
    return Json(name).dump();
  } catch (const Json::exception&) {
    throw FormatError({.what = "a tensor's name is no UTF-8", .where = shown(name)});
  }
}

// Wide types first, then by name: as the format's own library does, so that all are aligned.
std::vector<Named> in_file_order(const ir::WeightStore& store) {
  std::vector<Named> tensors;
  for (const auto& [name, tensor] : store) tensors.emplace_back(name, &tensor);
  std::ranges::stable_sort(tensors, std::ranges::greater(),
                           [](const Named& t) { return size_of(t.second->dtype); });
  return tensors;
}

std::string make_header(const std::vector<Named>& tensors) {
  std::string text = R"({"__metadata__":{"format":"pt"})";
  size_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    const size_t end = at + tensor->bytes->size();
    text += fmt::format(R"(,{}:{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", quoted(name),
                        code_of(std::string(name), *tensor), Json(tensor->shape).dump(), at, end);
    at = end;
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> bytes) {
  uint64_t length = 0;
  if (bytes.size() <= sizeof length) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= bytes.size() - sizeof length && bytes[sizeof length] == std::byte{'{'};
}

ir::WeightStore parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
  Cursor in(bytes, where);
  const auto length = in.number<uint64_t>();
  if (length > kLongestHeader)
    throw FormatError(
        {.what = fmt::format("a .safetensors header of {} bytes", length), .where = where});
  auto entries = parse_header(as_text(in.take(length)), where);
  check_layout(entries, in.left(), where);
  ir::WeightStore store;
  for (const Entry& entry : entries) {
    const auto content = in.take(entry.end - entry.begin);
    store.set(entry.name,
              {entry.type,
               entry.shape,
               std::make_shared<const std::vector<std::byte>>(content.begin(), content.end()),
               {}});
  }
  return store;
}

std::vector<std::byte> to_safetensors(const ir::WeightStore& store) {
  const auto tensors = in_file_order(store);
  const std::string header = make_header(tensors);
  const uint64_t length = header.size();
  size_t bytes = sizeof length + header.size();
  for (const auto& [name, tensor] : tensors) bytes += tensor->bytes->size();
  std::vector<std::byte> out(bytes);
  auto at = out.begin();
  const auto append = [&at](std::span<const std::byte> piece) {
    at = std::ranges::copy(piece, at).out;
  };
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : tensors) append(*tensor->bytes);
  return out;
}

void write_safetensors(const std::filesystem::path& path, const ir::WeightStore& store) {
  write_atomic(path, to_safetensors(store));
}

}  // namespace nnstretch::weights
