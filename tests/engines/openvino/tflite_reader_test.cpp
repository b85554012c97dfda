// OpenVINO's own reader of .tflite sees in our files what we meant.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <openvino/openvino.hpp>

#include "engines/openvino/openvino_engine.h"
#include "engines/reference/evaluate.h"
#include "formats/model_file.h"
#include "formats/sample_model.h"
#include "pipeline/network.h"
#include "support/here.h"
#include "support/paths.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using testing::Bytes;
using testing::sample_graphs;
using testing::sample_model;
using testing::SampleGraph;

// The file of a model, read and run by OpenVINO alone.
std::vector<Bytes> run_file_in_openvino(const ir::Model& model, const std::vector<Bytes>& inputs) {
  const testing::TemporaryFolder folder;
  write_model(folder / "model.tflite", model);
  static ov::Core core;
  auto compiled = core.compile_model((folder / "model.tflite").string(), "CPU",
                                     ov::hint::inference_precision(ov::element::f32));
  auto request = compiled.create_infer_request();
  for (size_t i = 0; i < inputs.size(); ++i) {
    ov::Tensor tensor = request.get_input_tensor(i);
    if (tensor.get_byte_size() != inputs[i].size()) throw std::logic_error("another size");
    std::memcpy(tensor.data(), inputs[i].data(), inputs[i].size());
  }
  request.infer();
  std::vector<Bytes> outputs;
  for (size_t i = 0; i < model.graph.outputs().size(); ++i) {
    const ov::Tensor tensor = request.get_output_tensor(i);
    const auto* data = static_cast<const std::byte*>(tensor.data());
    outputs.emplace_back(data, data + tensor.get_byte_size());
  }
  return outputs;
}

// In steps of int8, or parts of the largest float.
double most_apart(const Bytes& a, const Bytes& b, DType type) {
  EXPECT_EQ(a.size(), b.size());
  double most = 0, largest = 1e-30;
  const auto compare = [&]<class T>(T) {
    for (size_t i = 0; i + sizeof(T) <= a.size(); i += sizeof(T)) {
      T x, y;
      std::memcpy(&x, a.data() + i, sizeof x), std::memcpy(&y, b.data() + i, sizeof y);
      largest = std::max(largest, std::abs(double(x)));
      const double difference = std::abs(double(x) - double(y));
      most = difference <= most ? most : difference;
    }
  };
  type == DType::i8 ? compare(int8_t{}) : compare(float{});
  return type == DType::i8 ? most : most / largest;
}

class TfliteReaderOf : public ::testing::TestWithParam<SampleGraph> {};
INSTANTIATE_TEST_SUITE_P(OpenVino, TfliteReaderOf, ::testing::ValuesIn(sample_graphs()),
                         [](const auto& info) { return info.param.name; });

TEST_P(TfliteReaderOf, SeesWhatWasMeant) {
  const ir::Model model = sample_model(GetParam().text);
  const auto caution =
      OpenVinoEngine().supports(model.graph, {.name = "any", .role = "cpu"}).caution;
  if (!caution.empty()) GTEST_SKIP() << caution;
  testing::Random random(1);
  const auto inputs = testing::random_inputs(model.graph, random);
  const auto wanted = evaluate(model, inputs);
  const auto got = run_file_in_openvino(model, inputs);
  for (size_t i = 0; i < wanted.size(); ++i) {
    const DType type = model.graph.node(model.graph.outputs()[i]).type.dtype;
    EXPECT_LE(most_apart(wanted[i], got[i], type), type == DType::i8 ? 2 : 1e-5) << "output " << i;
  }
}

TEST(TfliteReader, TakesAWholeNetwork) {
  const auto config = config::load(testing::source_folder() / "configs/mi/R-34-CDG.yaml");
  const ir::Model model =
      pipeline::quantise(pipeline::float_model(config, {}), {}, testing::with_cores(2)).int8;
  const testing::TemporaryFolder folder;
  pipeline::write_network(folder / "net.tflite", model);
  ov::Core core;
  auto compiled = core.compile_model((folder / "net.tflite").string(), "CPU");
  auto request = compiled.create_infer_request();
  EXPECT_EQ(request.get_input_tensor().get_byte_size(),
            model.graph.node(model.graph.inputs()[0]).type.bytes());
  EXPECT_EQ(request.get_output_tensor().get_shape(), (ov::Shape{1, 1000}));
}

}  // namespace
}  // namespace nnstretch::engines
