// An engine for tests of what is around engines. It computes a value that depends on every byte of
// every operand and on the node's name, so a wrong order, buffer or part shows in the output;
// concatenations it really copies. It calls back before each part is
// compiled, made ready or run.
#pragma once
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include "base/error.h"
#include "engines/engine.h"
#include "support/here.h"

namespace nnstretch::testing {

using Bytes = std::vector<std::byte>;

inline uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
  return hash ^ (hash >> 29);
}

inline Bytes fake_concat(const ir::Graph& graph, ir::NodeId id, const std::vector<Bytes>& values) {
  const auto axis = static_cast<size_t>(graph.op_if<ir::Concat>(id)->axis);
  const ir::TensorType& type = graph.node(id).type;
  const auto row_of = [&](const ir::Shape& shape) {
    size_t row = size_of(type.dtype);
    for (size_t i = axis; i < shape.size(); ++i) row *= static_cast<size_t>(shape[i]);
    return row;
  };
  Bytes out;
  const size_t rows = type.bytes() / row_of(type.shape);
  for (size_t r = 0; r < rows; ++r)
    for (const ir::NodeId operand : graph.node(id).inputs) {
      const size_t row = row_of(graph.node(operand).type.shape);
      const Bytes& from = values[operand];
      out.insert(out.end(), from.begin() + static_cast<ptrdiff_t>(r * row),
                 from.begin() + static_cast<ptrdiff_t>((r + 1) * row));
    }
  return out;
}

inline Bytes fake_value(const ir::Graph& graph, ir::NodeId id, const std::vector<Bytes>& values) {
  if (graph.op_if<ir::Concat>(id)) return fake_concat(graph, id, values);
  uint64_t hash = std::hash<std::string>()(graph.node(id).name);
  for (const ir::NodeId operand : graph.node(id).inputs)
    for (const std::byte byte : values[operand]) hash = mix(hash, static_cast<uint64_t>(byte));
  Bytes out(graph.node(id).type.bytes());
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(mix(hash, i) >> 40);
  return out;
}

// The values of the graph's outputs.
inline std::vector<Bytes> fake_evaluate(const ir::Graph& graph, const std::vector<Bytes>& inputs) {
  std::vector<Bytes> values(graph.size()), outputs;
  for (size_t i = 0; i < inputs.size(); ++i) values[graph.inputs()[i]] = inputs[i];
  for (ir::NodeId id = 0; id < graph.size(); ++id)
    if (!graph.op_if<ir::Input>(id)) values[id] = fake_value(graph, id, values);
  for (const ir::NodeId id : graph.outputs()) outputs.push_back(values[id]);
  return outputs;
}

class FakeEngine : public engines::Engine {
 public:
  explicit FakeEngine(std::string name = "fake") : name_(std::move(name)) {}

  // Set before compiling. They get the part's model name and may throw; `on_run` is called on
  // workers.
  using OnPart = std::function<void(const std::string& part)>;
  OnPart on_run, on_compile, on_instantiate, on_bind;
  std::vector<engines::DeviceInfo> device_list = {
      {.name = "cpu", .full_name = "a fake", .why_not = {}}};
  std::set<std::pair<std::string, std::string>> refused;  // (device, op)

  std::string name() const override { return name_; }
  std::string version() const override { return "1"; }
  std::vector<engines::DeviceInfo> devices() const override { return device_list; }
  engines::Support supports(const ir::Graph& part,
                            const engines::Processor& processor) const override {
    engines::Support support;
    for (const ir::Node& node : part.nodes())
      if (const std::string op(name_of(node.op)); refused.count({processor.device, op}))
        support.refusals.push_back({node.name, op, "it is refused by the test"});
    return support;
  }
  std::shared_ptr<const engines::CompiledPart> compile(const ir::Model& part,
                                                       const engines::Processor&) const override {
    if (on_compile) on_compile(part.name);
    return std::make_shared<Compiled>(*this, part);
  }

  // All cores of this process, and no other engine.
  plan::Surroundings here() const {
    return here_with([this](std::string_view name) -> const engines::Engine& {
      if (name == name_ || name == "auto") return *this;
      throw EngineError({.what = "there is no engine '" + std::string(name) + "'"});
    });
  }

 private:
  class Instance : public engines::PartInstance {
   public:
    Instance(const FakeEngine& engine, const ir::Model& model) : engine_(engine), model_(model) {}
    void bind(std::span<const engines::Buffer> in, std::span<const engines::Buffer> out) override {
      if (engine_.on_bind) engine_.on_bind(model_.name);
      in_.assign(in.begin(), in.end());
      out_.assign(out.begin(), out.end());
    }
    void run() override {
      if (engine_.on_run) engine_.on_run(model_.name);
      std::vector<Bytes> inputs;
      for (const auto& buffer : in_) inputs.emplace_back(buffer.data, buffer.data + buffer.bytes);
      const std::vector<Bytes> outputs = fake_evaluate(model_.graph, inputs);
      for (size_t i = 0; i < out_.size(); ++i)
        std::memcpy(out_[i].data, outputs[i].data(), out_[i].bytes);
    }

   private:
    const FakeEngine& engine_;
    const ir::Model& model_;
    std::vector<engines::Buffer> in_, out_;
  };

  class Compiled : public engines::CompiledPart {
   public:
    Compiled(const FakeEngine& engine, ir::Model model)
        : engine_(engine), model_(std::move(model)) {}
    std::unique_ptr<engines::PartInstance> instantiate() const override {
      if (engine_.on_instantiate) engine_.on_instantiate(model_.name);
      return std::make_unique<Instance>(engine_, model_);
    }
    std::string engine() const override { return engine_.name(); }

   private:
    const FakeEngine& engine_;
    ir::Model model_;
  };

  std::string name_;
};

}  // namespace nnstretch::testing
