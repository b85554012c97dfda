// The public conformance cases of ONNX, one operator each (Debian's libonnx-testdata): whatever of
// them is read gives the expected values by the reference kernels. Refusing is allowed and listed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "engines/reference/evaluate.h"
#include "formats/onnx/file.h"
#include "formats/onnx/reader.h"

namespace nnstretch::engines {
namespace {

namespace fs = std::filesystem;
using onnx::schema::ModelProto;
using onnx::schema::TensorProto;
using Bytes = std::vector<std::byte>;

const fs::path kCases = "/usr/share/libonnx-testdata/data/node";

const std::set<std::string> kClaimed = {"Add",
                                        "AveragePool",
                                        "BatchNormalization",
                                        "Cast",
                                        "Clip",
                                        "Concat",
                                        "Constant",
                                        "Conv",
                                        "Div",
                                        "Dropout",
                                        "Flatten",
                                        "Gemm",
                                        "GlobalAveragePool",
                                        "HardSwish",
                                        "HardSigmoid",
                                        "Identity",
                                        "MatMul",
                                        "MaxPool",
                                        "Mul",
                                        "Pad",
                                        "QuantizeLinear",
                                        "ReduceMean",
                                        "Relu",
                                        "Reshape",
                                        "Shape",
                                        "DequantizeLinear",
                                        "Sigmoid",
                                        "Slice",
                                        "Softmax",
                                        "Split",
                                        "Squeeze",
                                        "Sub",
                                        "Transpose",
                                        "Unsqueeze"};

template <class Message>
Message parsed(const fs::path& path) {
  const auto bytes = read_bytes(path);
  Message message;
  EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) << path;
  return message;
}

std::vector<TensorProto> tensors(const fs::path& folder, const std::string& kind) {
  std::vector<TensorProto> found;
  for (int i = 0;; ++i) {
    const fs::path path = folder / (kind + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(path)) return found;
    found.push_back(parsed<TensorProto>(path));
  }
}

// The operands of most operators are inputs in these files; in a network they are constants.
// All inputs but the first become constants.
ModelProto with_constants(ModelProto model, const std::vector<TensorProto>& inputs) {
  auto& graph = *model.mutable_graph();
  for (int i = 1; i < graph.input_size() && i < static_cast<int>(inputs.size()); ++i) {
    TensorProto& constant = *graph.add_initializer();
    constant = inputs[static_cast<size_t>(i)];
    constant.set_name(graph.input(i).name());
  }
  if (graph.input_size() > 1) graph.mutable_input()->DeleteSubrange(1, graph.input_size() - 1);
  return model;
}

Bytes bytes_of(const ModelProto& model) {
  Bytes bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

// "" if the values agree as the public test runner compares them.
std::string difference(const Bytes& got, const ir::TensorType& type, const TensorProto& wanted) {
  const onnx::Constant expected = onnx::constant_of(wanted);
  if (onnx::to_file(type.shape) != expected.shape)
    return "shape " + ir::to_string(type.shape) + ", not " + ir::to_string(expected.shape);
  if (type.dtype != expected.dtype) return "another type";
  const Bytes stored = onnx::nchw_from_nhwc(got, type.shape, size_of(type.dtype));
  if (type.dtype != DType::f32) return stored == *expected.bytes ? "" : "other bytes";
  const auto* values = reinterpret_cast<const float*>(stored.data());
  const auto right = expected.as<float>();
  for (size_t i = 0; i < right.size(); ++i)
    if (!(std::abs(values[i] - right[i]) <= 1e-6f + 1e-3f * std::abs(right[i])))
      return "element " + std::to_string(i) + ": " + std::to_string(values[i]) + ", not " +
             std::to_string(right[i]);
  return "";
}

struct Outcome {
  int passed = 0, refused = 0;
};

void check(const ModelProto& file, const fs::path& folder, Outcome& outcome) {
  const auto inputs = tensors(folder / "test_data_set_0", "input");
  const auto outputs = tensors(folder / "test_data_set_0", "output");
  std::string reason;
  for (const ModelProto& candidate : {file, with_constants(file, inputs)}) {
    ir::Model model;
    try {
      model = onnx::read(bytes_of(candidate), folder.filename());
    } catch (const Error& error) {
      reason = error.what();
      continue;
    }
    std::vector<Bytes> values;
    for (size_t i = 0; i < model.graph.inputs().size(); ++i)
      values.push_back(onnx::nhwc_from_nchw(*onnx::constant_of(inputs.at(i)).bytes,
                                            model.graph.node(model.graph.inputs()[i]).type.shape,
                                            size_of(onnx::constant_of(inputs.at(i)).dtype)));
    const auto got = evaluate(model, values);
    for (size_t i = 0; i < got.size() && i < outputs.size(); ++i)
      EXPECT_EQ(difference(got[i], model.graph.node(model.graph.outputs()[i]).type, outputs[i]), "")
          << folder.filename();
    ++outcome.passed;
    return;
  }
  std::cout << "refused " << reason << "\n";
  ++outcome.refused;
}

TEST(OnnxConformance, WhatIsReadIsComputedRight) {
  if (!fs::exists(kCases)) GTEST_SKIP() << "libonnx-testdata is not installed";
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kCases)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  Outcome outcome;
  for (const auto& folder : folders) {
    const auto model = parsed<ModelProto>(folder / "model.onnx");
    bool claimed = true;
    for (const auto& node : model.graph().node()) claimed &= kClaimed.contains(node.op_type());
    if (claimed) check(model, folder, outcome);
  }
  std::cout << outcome.passed << " cases right, " << outcome.refused << " refused\n";
  EXPECT_GE(outcome.passed, 1);
}

}  // namespace
}  // namespace nnstretch::engines
