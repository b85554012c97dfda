#include "engines/reference/reference_part.h"

#include <fmt/format.h>

#include <cstring>

#include "base/aligned.h"
#include "base/clock.h"
#include "base/error.h"

namespace nnstretch::engines {
namespace {

// Weights are read as these types without further question.
void check_type(const ir::Node& node, size_t index, const ir::Tensor& tensor) {
  const bool int8 = node.type.dtype == DType::i8;
  const DType wanted = !int8 ? DType::f32 : index == 0 ? DType::i8 : DType::i32;
  if (tensor.dtype != wanted)
    throw ShapeError({.what = fmt::format("the weight holds {}, '{}' needs {}",
                                          name_of(tensor.dtype), node.name, name_of(wanted)),
                      .where = node.weights[index]});
  if (std::holds_alternative<ir::Constant>(node.op)) return;
  const auto channels = static_cast<size_t>(tensor.shape.at(0));
  if (wanted == DType::i8 && tensor.scales.size() != 1 && tensor.scales.size() != channels)
    throw ShapeError(
        {.what = fmt::format("{} output channels have {} scales", channels, tensor.scales.size()),
         .where = node.weights[index]});
}

class ReferenceInstance : public PartInstance {
 public:
  explicit ReferenceInstance(std::shared_ptr<const ReferencePart> part) : part_(std::move(part)) {}

  void bind(std::span<const Buffer> in, std::span<const Buffer> out) override {
    const ir::Graph& graph = part_->model().graph;
    check(in, graph.inputs());
    check(out, graph.outputs());
    for (const size_t bytes : part_->memory().block_bytes) blocks_.emplace_back(bytes);
    const std::vector<std::byte*> memory = place(in, out);
    for (ir::NodeId id = 0; id < graph.size(); ++id)
      if (!graph.op_if<ir::Input>(id)) steps_.emplace_back(*part_, id, memory);
  }

  void run() override {
    times_.clear();
    for (const Step& step : steps_) {
      const double start = part_->counts_ops() ? now_us() : 0;
      step.run();
      if (part_->counts_ops())
        times_.push_back(
            {step.node.name, std::string(ir::name_of(step.node.op)), now_us() - start});
    }
    for (const Copy& copy : copies_) std::memcpy(copy.to, copy.from, copy.bytes);
  }

  std::vector<OpTime> op_times() const override { return times_; }

 private:
  struct Step {
    Step(const ReferencePart& part, ir::NodeId id, const std::vector<std::byte*>& memory)
        : node(part.model().graph.node(id)), weights(part.weights(id)), out{node.type, memory[id]} {
      for (const ir::NodeId input : node.inputs)
        in.push_back({part.model().graph.node(input).type, memory[input], {}});
    }
    void run() const try {
      std::visit([&](const auto& op) { reference(op, in, weights, out); }, node.op);
    } catch (const ShapeError& error) {
      throw EngineError({error.message().what, node.name, error.message().fix});
    }

    const ir::Node& node;
    std::vector<ir::View> in;
    std::span<const ir::View> weights;
    ir::MutView out;
  };
  struct Copy {
    std::byte* to;
    const std::byte* from;
    size_t bytes;
  };

  void check(std::span<const Buffer> buffers, const std::vector<ir::NodeId>& values) const {
    const ir::Model& model = part_->model();
    bool fits = buffers.size() == values.size();
    for (size_t i = 0; fits && i < values.size(); ++i)
      fits = buffers[i].data && buffers[i].bytes == model.graph.node(values[i]).type.bytes();
    if (!fits)
      throw EngineError(
          {.what = "the buffers do not fit the inputs and outputs", .where = model.name});
  }

  // Where each value lies. A value that is given out twice, or comes in and goes out, is computed
  // once and copied.
  std::vector<std::byte*> place(std::span<const Buffer> in, std::span<const Buffer> out) {
    const ir::Graph& graph = part_->model().graph;
    std::vector<std::byte*> memory(graph.size(), nullptr);
    for (size_t i = 0; i < in.size(); ++i) memory[graph.inputs()[i]] = in[i].data;
    for (size_t i = 0; i < out.size(); ++i) {
      std::byte*& place = memory[graph.outputs()[i]];
      if (place)
        copies_.push_back({out[i].data, place, out[i].bytes});
      else
        place = out[i].data;
    }
    for (ir::NodeId id = 0; id < graph.size(); ++id)
      if (const size_t block = part_->memory().block_of[id]; block != MemoryPlan::kOutside)
        memory[id] = blocks_[block].data();
    return memory;
  }

  std::shared_ptr<const ReferencePart> part_;
  std::vector<AlignedBytes> blocks_;
  std::vector<Step> steps_;
  std::vector<Copy> copies_;
  std::vector<OpTime> times_;
};

}  // namespace

ReferencePart::ReferencePart(ir::Model model, bool counts_ops)
    : model_(std::move(model)), counts_ops_(counts_ops), memory_(plan_memory(model_.graph)) {
  check_weights(model_.graph, model_.weights);
  for (const ir::Node& node : model_.graph.nodes()) {
    auto& types = weight_types_.emplace_back();
    for (size_t i = 0; i < node.weights.size(); ++i) {
      const ir::Tensor& tensor = model_.weights.at(node.weights[i]);
      check_type(node, i, tensor);
      types.push_back({.dtype = tensor.dtype, .shape = tensor.shape, .quant = {}});
    }
  }
  for (ir::NodeId id = 0; id < model_.graph.size(); ++id) {
    auto& views = weights_.emplace_back();
    const auto& names = model_.graph.node(id).weights;
    for (size_t i = 0; i < names.size(); ++i) {
      const ir::Tensor& tensor = model_.weights.at(names[i]);
      views.push_back({weight_types_[id][i], tensor.bytes->data(), tensor.scales});
    }
  }
}

std::unique_ptr<PartInstance> ReferencePart::instantiate() const {
  return std::make_unique<ReferenceInstance>(shared_from_this());
}

}  // namespace nnstretch::engines
