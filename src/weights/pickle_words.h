// The opcodes of pickles and the names in them that the reader knows; everything else is refused.
#pragma once
#include <array>
#include <string_view>

#include "weights/pickle.h"

namespace nnstretch::weights::pickle {

struct Allowed {
  std::string_view module, name;
  Global global;
};
// All that a pickle may ask for. torch writes the first four kinds; numpy numbers (learning rates)
// stand in the optimizer state and in the errors that pycls stores.
inline constexpr auto kAllowed = std::to_array<Allowed>({
    {"collections", "OrderedDict", {Callable::ordered_dict}},
    {"torch._utils", "_rebuild_tensor_v2", {Callable::rebuild_tensor}},
    {"torch._utils", "_rebuild_parameter", {Callable::rebuild_parameter}},
    {"torch", "Size", {Callable::size}},
    {"torch", "FloatStorage", {Callable::storage, DType::f32}},
    {"torch", "DoubleStorage", {Callable::storage, DType::f64}},
    {"torch", "HalfStorage", {Callable::storage, DType::f16}},
    {"torch", "BFloat16Storage", {Callable::storage, DType::bf16}},
    {"torch", "LongStorage", {Callable::storage, DType::i64}},
    {"torch", "IntStorage", {Callable::storage, DType::i32}},
    {"torch", "ShortStorage", {Callable::storage, DType::i16}},
    {"torch", "CharStorage", {Callable::storage, DType::i8}},
    {"torch", "ByteStorage", {Callable::storage, DType::u8}},
    {"torch", "BoolStorage", {Callable::storage, DType::boolean}},
    {"numpy", "dtype", {Callable::numpy_dtype}},
    {"numpy.core.multiarray", "scalar", {Callable::numpy_scalar}},
    {"numpy._core.multiarray", "scalar", {Callable::numpy_scalar}},
    {"numpy", "ndarray", {Callable::numpy_class}},
    {"numpy.core.multiarray", "_reconstruct", {Callable::numpy_array}},
    {"numpy._core.multiarray", "_reconstruct", {Callable::numpy_array}},
    {"_codecs", "encode", {Callable::encode}},
});

struct NumpyCode {
  std::string_view code;
  DType type;
};
inline constexpr auto kNumpyCodes = std::to_array<NumpyCode>({{"f8", DType::f64},
                                                              {"f4", DType::f32},
                                                              {"i8", DType::i64},
                                                              {"i4", DType::i32},
                                                              {"u1", DType::u8}});

enum Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kGlobal = 'c',
  kBuild = 'b',
  kReduce = 'R',
  kPersistentId = 'Q',
  kNone = 'N',
  kTrue = 0x88,
  kFalse = 0x89,
  kUint8 = 'K',
  kUint16 = 'M',
  kInt32 = 'J',
  kLong = 0x8a,
  kFloat = 'G',
  kText = 'X',
  kShortText = 0x8c,
  kLongText = 0x8d,
  kBytes = 'B',
  kShortBytes = 'C',
  kLongBytes = 0x8e,
  kPython2Text = 'T',
  kShortPython2Text = 'U',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyDict = '}',
  kSetItem = 's',
  kSetItems = 'u',
  kPut = 'q',
  kLongPut = 'r',
  kMemoize = 0x94,
  kGet = 'h',
  kLongGet = 'j',
  kProtocol = 0x80,
  kFrame = 0x95,
  kStackGlobal = 0x93,
};

}  // namespace nnstretch::weights::pickle
