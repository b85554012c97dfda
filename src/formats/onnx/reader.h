// Reads .onnx files of operator sets 11 to 21: float networks, and int8 ones spelt with
// QuantizeLinear and DequantizeLinear, which become int8 graphs again. What is read and what is
// refused: docs/onnx.md.
#pragma once
#include <span>
#include <string>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch::onnx {

// FormatError or ShapeError beginning with `where` and naming the operator. The first dimension of
// an input, where the file leaves it open, is 1. The model has no name if the file is not ours.
ir::Model read(std::span<const std::byte> bytes, const std::string& where,
               formats::Beside* beside = nullptr);

}  // namespace nnstretch::onnx
