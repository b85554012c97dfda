// A tool for tests/e2e/onnx_runtime.py, to be called by hand: small .onnx files of every operator
// and operator set with inputs and the reference kernels' results, into $NNSTRETCH_SAMPLES.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdlib>

#include "base/files.h"
#include "base/npy.h"
#include "engines/reference/evaluate.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/samples.h"
#include "formats/onnx/writer.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

void write_value(const std::filesystem::path& path, const ir::TensorType& type,
                 const std::vector<std::byte>& nhwc) {
  write_npy(path, {type.dtype, onnx::to_file(type.shape),
                   onnx::nchw_from_nhwc(nhwc, type.shape, size_of(type.dtype))});
}

void write_sample(const std::filesystem::path& folder, const ir::Model& model, int opset,
                  testing::Random& random) {
  write_atomic(folder / "model.onnx", onnx::write(model, {opset}));
  auto inputs = testing::random_inputs(model.graph, random);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (const auto& type = model.graph.node(model.graph.inputs()[i]).type;
        type.dtype == DType::u8) {
      inputs[i].resize(type.bytes());
      for (std::byte& byte : inputs[i]) byte = static_cast<std::byte>(random.integer(0, 255));
    }
  const auto outputs = evaluate(model, inputs);
  for (size_t i = 0; i < inputs.size(); ++i)
    write_value(folder / fmt::format("in_{}.npy", i),
                model.graph.node(model.graph.inputs()[i]).type, inputs[i]);
  for (size_t i = 0; i < outputs.size(); ++i)
    write_value(folder / fmt::format("out_{}.npy", i),
                model.graph.node(model.graph.outputs()[i]).type, outputs[i]);
}

TEST(OnnxSamples, DISABLED_AreWritten) {
  const char* target = std::getenv("NNSTRETCH_SAMPLES");
  ASSERT_TRUE(target) << "set NNSTRETCH_SAMPLES to a folder";
  const uint32_t seed = testing::base_seed();
  std::cout << "seed " << seed << "\n";
  testing::Random random(seed);
  for (const auto& sample : testing::onnx_samples()) {
    const ir::Model model = testing::random_model(sample.text, random);
    bool int8 = false;
    for (const ir::Node& node : model.graph.nodes()) int8 |= node.type.quant.has_value();
    for (const int opset : {11, 13, 17, 20, 21})
      if (!int8 || opset >= 13)
        write_sample(std::filesystem::path(target) / fmt::format("{}-{}", sample.name, opset),
                     model, opset, random);
  }
}

}  // namespace
}  // namespace nnstretch::engines
