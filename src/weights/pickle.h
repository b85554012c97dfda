// A reader of Python pickles that executes nothing: the opcodes and names that checkpoints of
// tensors and arrays of numpy need, everything else is refused by name.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/dtype.h"

namespace nnstretch::weights::pickle {

// A value is named by its place in the pickle's list, so that shared and cyclic values need no
// care.
using Ref = uint32_t;

struct None {};
struct Text {
  std::string_view text;  // UTF-8 (Python 2: any bytes), in the pickle's own bytes
};
struct Bytes {
  std::string bytes;
};
struct Tuple {
  std::vector<Ref> items;
};
struct List {
  std::vector<Ref> items;
};
struct Dict {                              // also an OrderedDict
  std::vector<std::pair<Ref, Ref>> items;  // as set; of equal keys the last one counts
};
enum class Callable : uint8_t {  // what a pickle may name; there is nothing else
  ordered_dict,
  rebuild_tensor,
  rebuild_parameter,
  size,
  numpy_dtype,
  numpy_scalar,
  numpy_class,
  numpy_array,
  encode,
  storage
};
struct Global {
  Callable callable = {};
  DType type = DType::f32;  // of a storage
};
struct NumpyType {
  DType type = DType::f64;
};
// The shape is unchecked; `bytes` is Bytes or Text.
struct NumpyArray {
  DType type = DType::f64;
  std::vector<int64_t> shape;
  bool column_major = false;
  Ref bytes = 0;
};
// Elements in a row, kept outside the pickle under `key`.
struct Storage {
  DType type = DType::f32;
  std::string_view key;
  uint64_t count = 0;
};
// A view of a storage; offset, sizes and strides in elements, unchecked.
struct TensorView {
  Storage storage;
  int64_t offset = 0;
  std::vector<int64_t> sizes, strides;
};
using Value = std::variant<None, bool, int64_t, double, Text, Bytes, Tuple, List, Dict, Global,
                           NumpyType, Storage, TensorView, NumpyArray>;
// What a text or bytes hold; nothing for other values.
std::optional<std::string_view> characters(const Value& value);
// "a number", "a tuple", ...: for errors.
std::string_view kind_of(const Value& value);

// Keeps views of the bytes it was read from.
struct Pickle {
  std::deque<Value> values;
  Ref root = 0;
  size_t length = 0;              // bytes read
  std::vector<Storage> storages;  // in order of first use, each key once

  const Value& operator[](Ref ref) const { return values[ref]; }
  // The entry of a dictionary under a key of text or bytes, null if absent.
  const Value* find(const Dict& dict, std::string_view key) const;
};

// Reads one pickle (protocol 2 to 5) from the start of the bytes; more may follow it. FormatError
// says what is wrong, or which name or opcode is refused.
Pickle parse(std::span<const std::byte> bytes, const std::string& where);

}  // namespace nnstretch::weights::pickle
