// The list of operators. A new one is its file pair and one line here.
#pragma once
#include <variant>

#include "ir/ops/activation.h"
#include "ir/ops/add.h"
#include "ir/ops/avg_pool.h"
#include "ir/ops/batch_norm.h"
#include "ir/ops/concat.h"
#include "ir/ops/constant.h"
#include "ir/ops/conv2d.h"
#include "ir/ops/dequantize.h"
#include "ir/ops/input.h"
#include "ir/ops/linear.h"
#include "ir/ops/max_pool.h"
#include "ir/ops/mean.h"
#include "ir/ops/mul.h"
#include "ir/ops/pad.h"
#include "ir/ops/quantize.h"
#include "ir/ops/reshape.h"
#include "ir/ops/shuffle.h"
#include "ir/ops/slice.h"
#include "ir/ops/softmax.h"
#include "ir/ops/sub.h"
#include "ir/ops/transpose.h"

namespace nnstretch::ir {

using Op = std::variant<Input, Constant, Conv2d, BatchNorm, Activation, MaxPool, AvgPool, Mean, Add,
                        Sub, Mul, Concat, Slice, Shuffle, Pad, Reshape, Transpose, Linear, Softmax,
                        Quantize, Dequantize>;

template <class... Ops>
bool is_any(const Op& op) {
  return (std::holds_alternative<Ops>(op) || ...);
}

inline std::string_view name_of(const Op& op) {
  return std::visit([](const auto& o) { return std::decay_t<decltype(o)>::kName; }, op);
}

// Given, not computed: without operands.
inline bool is_source(const Op& op) { return is_any<Input, Constant>(op); }

// True for operators that only move int8 values: their output has the scale of their input.
inline bool keeps_scale(const Op& op) {
  return is_any<MaxPool, AvgPool, Concat, Slice, Shuffle, Pad, Reshape, Transpose>(op);
}

}  // namespace nnstretch::ir
