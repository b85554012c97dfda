#include "pipeline/infer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/names.h"
#include "engines/reference/evaluate.h"
#include "image/image.h"
#include "ir/subgraph.h"
#include "quantize/calibrate.h"

namespace nnstretch::pipeline {
namespace {

std::vector<float> to_nhwc(std::span<const float> nchw, int64_t height, int64_t width) {
  std::vector<float> nhwc(nchw.size());
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t i = 0; i < height * width; ++i) nhwc[i * 3 + c] = nchw[c * height * width + i];
  return nhwc;
}

std::vector<std::byte> from_array(const NpyArray& array, const ir::TensorType& type, bool nchw,
                                  const std::string& where) {
  const ir::Shape wanted = nchw ? ir::Shape{1, 3, type.shape.at(1), type.shape.at(2)} : type.shape;
  ir::Shape shape = array.shape;
  if (shape.size() + 1 == wanted.size()) shape.insert(shape.begin(), 1);
  const DType dtype = nchw ? DType::f32 : type.dtype;
  if (shape != wanted || array.type != dtype)
    throw ShapeError(
        {.what = fmt::format("the array is {}[{}], the network's input {}[{}]", name_of(array.type),
                             ir::to_string(array.shape), name_of(dtype), ir::to_string(wanted)),
         .where = where,
         .fix = "give `im_size`, or an array of that shape"});
  if (!nchw) return array.bytes;
  return quantize::as_input(to_nhwc(array.as<float>(), wanted[2], wanted[3]), type);
}

}  // namespace

std::vector<std::byte> load_input(const std::filesystem::path& path, const ir::Model& model,
                                  bool nchw) {
  const ir::TensorType& type = model.graph.node(model.graph.inputs().at(0)).type;
  if (path.extension() == ".npy") return from_array(read_npy(path), type, nchw, path.string());
  return quantize::as_input(image::prepare(image::decode(path), model.preprocess), type);
}

Inference infer(const ir::Model& model, const PlaceOptions& place, bool sequential,
                std::span<const std::byte> input) {
  const auto order = sequential ? runtime::Order::sequential : runtime::Order::parallel;
  Inference result;
  result.plan = runtime::compile(plan_for(model, place));
  runtime::Session session(result.plan, order);
  const auto& type = session.plan().buffers.at(session.plan().outputs.at(0)).type;
  result.raw.type = type.dtype;
  result.raw.shape = type.shape;
  result.raw.bytes.resize(type.bytes());
  session.run(input, result.raw.bytes);
  result.logits = quantize::as_floats(result.raw.bytes, type);
  return result;
}

void write_values(const ir::Model& model, std::span<const std::byte> input,
                  const std::filesystem::path& folder) {
  std::vector<ir::NodeId> nodes;
  for (ir::NodeId id = 0; id < model.graph.size(); ++id)
    if (!ir::is_source(model.graph.node(id).op)) nodes.push_back(id);
  ir::Model all = model;
  all.graph = ir::with_outputs(model.graph, nodes);
  const auto values =
      engines::evaluate(all, std::vector<std::vector<std::byte>>{{input.begin(), input.end()}});
  for (size_t i = 0; i < values.size(); ++i) {
    const ir::Node& node = all.graph.node(all.graph.outputs()[i]);
    write_npy(folder / (file_name_for(node.name) + ".npy"),
              {node.type.dtype, node.type.shape, values[i]});
  }
}

}  // namespace nnstretch::pipeline
