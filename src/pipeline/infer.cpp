#include "pipeline/infer.h"

#include <algorithm>

#include "base/names.h"
#include "engines/reference/evaluate.h"
#include "ir/stored_values.h"
#include "ir/subgraph.h"
#include "runtime/session.h"

namespace nnstretch::pipeline {

Inference infer(const ir::Model& model, const plan::Placing& placing, bool sequential,
                std::span<const std::byte> input, const plan::Surroundings& here,
                measure::Pick pick) {
  const auto order = sequential ? runtime::Order::sequential : runtime::Order::parallel;
  Inference result;
  const measure::Watch watch(here.cores());
  const auto chosen = measure::choose(model, placing, here, {.pick = pick});
  runtime::Session session(chosen.compiled, order);
  runtime::check_size("input", input.size(), session.input().size(), session.plan());
  std::copy(input.begin(), input.end(), session.input().begin());
  session.run();
  for (size_t i = 0; i < session.plan().outputs.size(); ++i) {
    const auto& type = session.plan().buffers.at(session.plan().outputs[i]).type;
    const auto bytes = session.output(i);
    result.outputs.push_back({type.dtype, type.shape, {bytes.begin(), bytes.end()}});
    if (i == 0) result.logits = ir::to_floats(bytes, type);
  }
  result.remarks = measure::remarks_of(session.compiled());
  watch.long_enough();
  result.signs = watch.signs();
  // Engines compile with as many threads as they like, which wait for each other.
  result.signs.forget_delay();
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
