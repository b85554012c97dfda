// The format of torch.save: a pickle of protocol 2 that names only what torch's own safe loader
// allows, and a zip entry for each tensor.
#include <fmt/format.h>

#include <bit>
#include <map>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "weights/torch_value.h"
#include "weights/weights.h"
#include "weights/zip_writer.h"

namespace nnstretch::weights {
namespace {

std::string_view storage_of(DType type, const std::string& name) {
  switch (type) {
    case DType::f32:
      return "FloatStorage";
    case DType::f64:
      return "DoubleStorage";
    case DType::f16:
      return "HalfStorage";
    case DType::bf16:
      return "BFloat16Storage";
    case DType::i64:
      return "LongStorage";
    case DType::i32:
      return "IntStorage";
    case DType::i16:
      return "ShortStorage";
    case DType::i8:
      return "CharStorage";
    case DType::u8:
      return "ByteStorage";
    case DType::boolean:
      return "BoolStorage";
  }
  throw FormatError({.what = "its element type has no place in a checkpoint", .where = name});
}

// The opcodes that are needed, each a letter and its arguments.
class Pickler {
 public:
  Pickler() { out_ = "\x80\x02"; }

  void text(std::string_view text) {
    out_ += 'X';
    little_endian(text.size(), 4);
    out_ += text;
  }
  void integer(int64_t value) {
    if (value >= INT32_MIN && value <= INT32_MAX) {
      out_ += 'J';
      little_endian(static_cast<uint64_t>(value), 4);
      return;
    }
    out_ += "\x8a\x08";
    little_endian(static_cast<uint64_t>(value), 8);
  }
  void real(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    out_ += 'G';
    for (int byte = 7; byte >= 0; --byte) out_ += static_cast<char>(bits >> (8 * byte));
  }
  void boolean(bool value) { out_ += value ? '\x88' : '\x89'; }
  void none() { out_ += 'N'; }
  void list() { out_ += ']'; }
  void global(std::string_view module, std::string_view name) {
    out_ += fmt::format("c{}\n{}\n", module, name);
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    out_ += ")R";
  }
  void dict() { out_ += '}'; }
  void begin_items() { out_ += '('; }
  void end_items() { out_ += 'u'; }  // of a dictionary
  void end_list() { out_ += 'e'; }
  void begin_tuple() { out_ += '('; }
  void end_tuple() { out_ += 't'; }
  void persistent_id() { out_ += 'Q'; }
  void call() { out_ += 'R'; }
  std::string finish() && { return std::move(out_) + '.'; }

 private:
  void little_endian(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out_ += static_cast<char>(value >> (8 * i));
  }
  std::string out_;
};

void put_sizes(Pickler& out, const ir::Shape& sizes) {
  out.begin_tuple();
  for (const int64_t size : sizes) out.integer(size);
  out.end_tuple();
}

ir::Shape strides_of(const ir::Shape& shape) {
  ir::Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

// _rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks)
void put_tensor(Pickler& out, const std::string& name, const ir::Tensor& tensor, size_t key) {
  if (!tensor.scales.empty())
    throw FormatError({.what = "a checkpoint has no place for int8 scales", .where = name});
  out.global("torch._utils", "_rebuild_tensor_v2");
  out.begin_tuple();
  out.begin_tuple();
  out.text("storage");
  out.global("torch", storage_of(tensor.dtype, name));
  out.text(std::to_string(key));
  out.text("cpu");
  out.integer(ir::count(tensor.shape));
  out.end_tuple();
  out.persistent_id();
  out.integer(0);
  put_sizes(out, tensor.shape);
  put_sizes(out, strides_of(tensor.shape));
  out.boolean(false);
  out.ordered_dict();
  out.end_tuple();
  out.call();
}

// Writes values and remembers the tensors, each once.
class ValueWriter {
 public:
  void put(const TorchValue& value) {
    std::visit([&](const auto& data) { put(data); }, value.data);
  }
  // The archive of what was put.
  std::vector<std::byte> finish() &&;

 private:
  void put(TorchValue::None) { out_.none(); }
  void put(bool value) { out_.boolean(value); }
  void put(int64_t value) { out_.integer(value); }
  void put(double value) { out_.real(value); }
  void put(const std::string& value) { out_.text(value); }
  void put(const TorchValue::List& items) {
    out_.list();
    out_.begin_items();
    for (const TorchValue& item : items) put(item);
    out_.end_list();
  }
  void put(const TorchValue::Dict& entries) {
    out_.ordered_dict();
    out_.begin_items();
    for (const auto& [key, value] : entries) {
      const auto* text = key.get_if<std::string>();
      name_ = text ? *text : "";
      put(key);
      put(value);
    }
    out_.end_items();
  }
  void put(const ir::Tensor& tensor) {
    const auto [key, is_new] = keys_.try_emplace(tensor.bytes.get(), tensors_.size());
    if (is_new) tensors_.push_back(tensor.bytes);
    put_tensor(out_, name_, tensor, key->second);
  }

  Pickler out_;
  std::string name_;  // of the dictionary's entry, for errors
  std::map<const void*, size_t> keys_;
  std::vector<std::shared_ptr<const std::vector<std::byte>>> tensors_;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::vector<std::byte> ValueWriter::finish() && {
  const std::string root = "archive/";
  ZipWriter zip;
  zip.add(root + "data.pkl", bytes_of(std::move(out_).finish()));
  size_t index = 0;
  for (const auto& bytes : tensors_) zip.add(fmt::format("{}data/{}", root, index++), *bytes);
  zip.add(root + "version", bytes_of("3\n"));
  return std::move(zip).finish();
}

TorchValue text(std::string_view text) { return {std::string(text)}; }

}  // namespace

std::vector<std::byte> to_torch(const TorchValue& root) {
  ValueWriter writer;
  writer.put(root);
  return std::move(writer).finish();
}

std::vector<std::byte> to_pyth(const Loaded& checkpoint) {
  TorchValue::Dict state;
  for (const auto& [name, tensor] : checkpoint.weights) state.push_back({text(name), {tensor}});
  return to_torch({TorchValue::Dict{{text("epoch"), {checkpoint.epoch.value_or(0)}},
                                    {text("test_err"), {checkpoint.test_err}},
                                    {text("ema_err"), {checkpoint.ema_err}},
                                    {text("model_state"), {state}},
                                    {text("ema_state"), {state}},
                                    {text("optimizer_state"), {TorchValue::Dict{}}},
                                    {text("cfg"), text(checkpoint.config)}}});
}

void write_pyth(const std::filesystem::path& path, const Loaded& checkpoint) {
  write_atomic(path, to_pyth(checkpoint));
}

}  // namespace nnstretch::weights
