#include "base/dtype.h"

#include <array>

namespace nnstretch {
namespace {

struct Row {
  size_t bytes;
  std::string_view name;
};
constexpr std::array<Row, 10> kRows = {{{4, "f32"},
                                        {8, "f64"},
                                        {2, "f16"},
                                        {2, "bf16"},
                                        {1, "i8"},
                                        {1, "u8"},
                                        {2, "i16"},
                                        {4, "i32"},
                                        {8, "i64"},
                                        {1, "bool"}}};

}  // namespace

size_t size_of(DType type) { return kRows.at(static_cast<size_t>(type)).bytes; }
std::string_view name_of(DType type) { return kRows.at(static_cast<size_t>(type)).name; }

}  // namespace nnstretch
