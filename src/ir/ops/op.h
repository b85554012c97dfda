// The list of operators. A new one is its file pair and one line here.
#pragma once
#include <variant>

#include "ir/ops/activation.h"
#include "ir/ops/add.h"
#include "ir/ops/batch_norm.h"
#include "ir/ops/concat.h"
#include "ir/ops/conv2d.h"
#include "ir/ops/dequantize.h"
#include "ir/ops/input.h"
#include "ir/ops/linear.h"
#include "ir/ops/max_pool.h"
#include "ir/ops/mean.h"
#include "ir/ops/mul.h"
#include "ir/ops/quantize.h"
#include "ir/ops/shuffle.h"
#include "ir/ops/slice.h"

namespace nnstretch::ir {

using Op = std::variant<Input, Conv2d, BatchNorm, Activation, MaxPool, Mean, Add, Mul, Concat,
                        Slice, Shuffle, Linear, Quantize, Dequantize>;

inline std::string_view name_of(const Op& op) {
  return std::visit([](const auto& o) { return std::decay_t<decltype(o)>::kName; }, op);
}

// True for operators that only move int8 values: their output has the scale of their input.
inline bool keeps_scale(const Op& op) {
  return std::holds_alternative<MaxPool>(op) || std::holds_alternative<Concat>(op) ||
         std::holds_alternative<Slice>(op) || std::holds_alternative<Shuffle>(op);
}

}  // namespace nnstretch::ir
