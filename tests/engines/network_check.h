// A network on an engine against what is known of it, whole and in parts, and the smallest part
// that still shows a difference.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "engines/list.h"
#include "engines/network_values.h"
#include "engines/runner.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/reader.h"
#include "formats/onnx/writer.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"
#include "ir/subgraph.h"
#include "support/engine_list.h"

namespace nnstretch::testing {

// A network, what goes in, what the reference kernels make of it, and how far off an engine may be.
struct Known {
  Known(ir::Model network, std::vector<Bytes> in)
      : model(std::move(network)),
        inputs(std::move(in)),
        values(network_values(model, inputs)),
        limits(testing::limits(model, inputs, values)) {}

  const ir::Node& output(size_t i) const { return model.graph.node(model.graph.outputs()[i]); }
  const Bytes& expected(size_t i) const { return values[model.graph.outputs()[i]]; }
  double limit(size_t i) const { return limits[model.graph.outputs()[i]]; }

  ir::Model model;
  std::vector<Bytes> inputs, values;  // values by node
  std::vector<double> limits;         // by node
};

using NodeSet = std::set<ir::NodeId>;

inline NodeSet operators_of(const ir::Graph& graph) {
  NodeSet nodes;
  for (ir::NodeId id = 0; id < graph.size(); ++id)
    if (!ir::is_source(graph.node(id).op)) nodes.insert(id);
  return nodes;
}

// Some operators of a network, with the reference's values for what others compute.
inline Known part_of(const Known& whole, const NodeSet& keep) {
  ir::Subgraph part = ir::subgraph(whole.model.graph, keep);
  std::vector<Bytes> inputs;
  for (const ir::NodeId id : part.inputs) inputs.push_back(whole.values[id]);
  ir::Model model = whole.model;
  model.graph = std::move(part.graph);
  return {std::move(model), std::move(inputs)};
}

// The operators of a network cut in two at random; nothing if there is only one.
inline std::vector<NodeSet> halves(const ir::Graph& graph, uint32_t seed) {
  const NodeSet all = operators_of(graph);
  if (all.size() < 2) return {};
  Random random(seed);
  const auto middle = std::next(all.begin(), random.integer(1, static_cast<int>(all.size()) - 1));
  return {{all.begin(), middle}, {middle, all.end()}};
}

// The fewest operators of which `fails` still says that something is wrong.
inline Known shrunk(Known known, const std::function<bool(const Known&)>& fails) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    const NodeSet all = operators_of(known.model.graph);
    for (const ir::NodeId id : all) {
      NodeSet fewer = all;
      fewer.erase(id);
      if (fewer.empty()) continue;
      Known part = part_of(known, fewer);
      if (!fails(part)) continue;
      known = std::move(part);
      smaller = true;
      break;
    }
  }
  return known;
}

// ---- model files

enum class Format { tflite, onnx };
inline const char* name_of(Format format) { return format == Format::tflite ? "tflite" : "onnx"; }

inline std::vector<std::byte> written(const ir::Model& model, Format format) {
  return format == Format::tflite ? tflite::write(model) : onnx::write(model);
}
inline ir::Model read_back(const ir::Model& model, Format format) {
  const auto bytes = written(model, format);
  return format == Format::tflite ? tflite::read(bytes, "random.tflite")
                                  : onnx::read(bytes, "random.onnx");
}

using Reasons = std::map<std::string, int>;  // why something was refused, and how often

// The part of a network that a file can hold; nothing if that is none of it.
inline std::optional<Known> writable(const Known& known, Format format, Reasons& reasons) {
  NodeSet keep = operators_of(known.model.graph);
  const size_t all = keep.size();
  std::erase_if(keep, [&](ir::NodeId id) {
    const auto reason = format == Format::tflite ? tflite::refusal(known.model.graph, id)
                                                 : onnx::refusal(known.model.graph, id);
    if (reason) ++reasons[fmt::format(".{}: {}", name_of(format), *reason)];
    return reason.has_value();
  });
  if (keep.empty()) return {};
  return keep.size() == all ? known : part_of(known, keep);
}

// Whether two networks are the same, node by node and weight by weight.
inline bool same(const ir::Model& a, const ir::Model& b) {
  return ir::content_hash(a.graph, a.weights) == ir::content_hash(b.graph, b.weights);
}

// What is wrong with a network that was written and read; nothing if all is as it was.
inline std::optional<std::string> lost_in_file(const Known& known, Format format) try {
  const Known back(read_back(known.model, format), known.inputs);
  const ir::Graph &before = known.model.graph, &after = back.model.graph;
  if (after.outputs().size() != before.outputs().size()) return "outputs are missing";
  const bool alike = ir::print(after) == ir::print(before);
  for (size_t i = 0; i < before.outputs().size(); ++i) {
    const ir::Node& was = known.output(i);
    if (back.output(i).name != was.name || back.output(i).type != was.type)
      return fmt::format("{} {} comes back as {} {}", was.name, ir::to_string(was.type),
                         back.output(i).name, ir::to_string(back.output(i).type));
    const double far = distance(back.expected(i), known.expected(i), was.type);
    if (!(far <= (alike ? 0 : known.limit(i))))
      return fmt::format("{} is {} off once it is read", was.name, far);
  }
  return {};
} catch (const Error& error) {
  return fmt::format("it is not read: {}", error.what());
}

// ---- engines

struct Column {
  const char* engine;
  const char* device;
};

struct Tally {
  int wholes = 0, parts = 0, vague = 0;
  double worst = 0;     // share of its limit
  double furthest = 0;  // steps or parts, where the limit is that of one operator
  Reasons refused;
};

inline engines::Processor processor_for(const Column& column, const ir::Graph& graph) {
  engines::Processor processor;
  processor.device = column.device;
  const auto stored = [](const ir::Node& node) { return node.type.quant.has_value(); };
  if (std::none_of(graph.nodes().begin(), graph.nodes().end(), stored))
    processor.precision = engines::Precision::f32;
  return processor;
}

// Emulated devices may say no while they compile: their part goes to a CPU then.
inline bool may_refuse_late(const Column& column) {
  return column.device == std::string("gpu") || column.device == std::string("htp");
}

inline std::unique_ptr<engines::Runner> compiled(const Column& column, const Known& known,
                                                 Tally* tally) try {
  return std::make_unique<engines::Runner>(testing::engine_named(column.engine), known.model,
                                           processor_for(column, known.model.graph));
} catch (const Error& error) {
  if (!may_refuse_late(column)) throw;
  if (tally) ++tally->refused[fmt::format("while it was compiled: {}", error.message().what)];
  return nullptr;
}

// What an engine gives that it may not; nothing if all is within limits.
inline std::optional<std::string> wrong_on(const Column& column, const Known& known,
                                           Tally* tally = nullptr) try {
  const auto runner = compiled(column, known, tally);
  if (!runner) return {};
  for (size_t i = 0; i < known.inputs.size(); ++i)
    std::copy(known.inputs[i].begin(), known.inputs[i].end(), runner->input(i).begin());
  runner->run();
  std::optional<std::string> wrong;
  for (size_t i = 0; i < known.model.graph.outputs().size(); ++i) {
    const ir::Node& node = known.output(i);
    const Bytes actual(runner->output(i).begin(), runner->output(i).end());
    const double far = distance(actual, known.expected(i), node.type);
    const double one = node.type.quant ? kSteps : kParts;
    if (tally) tally->furthest = std::max(tally->furthest, far / known.limit(i) * one);
    if (tally && far <= known.limit(i)) tally->worst = std::max(tally->worst, far / known.limit(i));
    if (!(far <= known.limit(i)) && !wrong)
      wrong = fmt::format("{} is {} off, {} allowed", node.name, far, known.limit(i));
  }
  return wrong;
} catch (const Error& error) {
  return error.what();
}

// The operators of a network that an engine says it computes right.
inline NodeSet taken(const Column& column, const Known& known, bool narrow_weights,
                     Reasons& reasons) {
  const ir::Graph& graph = known.model.graph;
  const auto support =
      testing::engine_named(column.engine).supports(graph, processor_for(column, graph));
  if (!support.caution.empty() && !narrow_weights) {
    ++reasons[support.caution];
    return {};
  }
  NodeSet keep = operators_of(graph);
  for (const auto& refusal : support.refusals) {
    ++reasons[fmt::format("{}: {}", refusal.op, refusal.reason)];
    const ir::NodeId id = graph.find(refusal.node);
    keep.erase(id);
    if (ir::is_source(graph.node(id).op))  // it would be one of the part's, too
      for (const ir::NodeId reader : graph.readers(id)) keep.erase(reader);
  }
  return keep;
}

// ---- what is left of a failure

// One file a value, in_0.npy.. and out_0.npy.., as a file of this format has them: NHWC or NCHW.
inline void write_values(const std::filesystem::path& folder, const Known& known, Format format) {
  const auto write = [&](std::string_view name, size_t i, const ir::TensorType& type,
                         const Bytes& nhwc) {
    const bool turned = format == Format::onnx;
    write_npy(folder / fmt::format("{}_{}.npy", name, i),
              {type.dtype, turned ? onnx::to_file(type.shape) : type.shape,
               turned ? onnx::nchw_from_nhwc(nhwc, type.shape, size_of(type.dtype)) : nhwc});
  };
  const ir::Graph& graph = known.model.graph;
  for (size_t i = 0; i < known.inputs.size(); ++i)
    write("in", i, graph.node(graph.inputs()[i]).type, known.inputs[i]);
  for (size_t i = 0; i < graph.outputs().size(); ++i)
    write("out", i, known.output(i).type, known.expected(i));
}

// The network as text and as a file, what goes in, what the reference makes of it, and how far off
// each output may be. FormatError if the format cannot hold it.
inline void write_network(const std::filesystem::path& folder, const Known& known, Format format) {
  std::string limits;
  for (size_t i = 0; i < known.model.graph.outputs().size(); ++i)
    limits += fmt::format("{}\n", known.limit(i));
  const std::string text = ir::print(known.model.graph);
  write_atomic(folder / fmt::format("network.{}", name_of(format)), written(known.model, format));
  write_atomic(folder / "network.txt", std::as_bytes(std::span(text)));
  write_atomic(folder / "limits.txt", std::as_bytes(std::span(limits)));
  write_values(folder, known, format);
}

}  // namespace nnstretch::testing
