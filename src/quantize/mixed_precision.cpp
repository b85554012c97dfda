#include "quantize/mixed_precision.h"

#include <algorithm>

namespace nnstretch::quantize {
namespace {

using Blocks = std::map<std::string, std::vector<std::string>>;

// "s7_cpu_b3_proj_bn" -> "s7_cpu_b3", "head_cpu_dense" -> "head_cpu".
std::string block_of(const std::string& node) {
  size_t end = node.find('_');
  if (end == node.npos) return node;
  end = node.find('_', end + 1);
  if (end == node.npos) return node;
  const size_t next = node.find('_', end + 1);
  const std::string third = node.substr(end + 1, next == node.npos ? next : next - end - 1);
  const bool numbered =
      third.size() > 1 && third[0] == 'b' && third.find_first_not_of("0123456789", 1) == third.npos;
  return numbered ? node.substr(0, next) : node.substr(0, end);
}

int64_t extra_bytes(const ir::Model& model, const std::vector<std::string>& nodes) {
  int64_t bytes = 0;
  for (const auto& name : nodes) {
    const ir::Node& node = model.graph.node(model.graph.find(name));
    if (!node.weights.empty()) bytes += 3 * ir::count(model.weights.at(node.weights[0]).shape);
  }
  return bytes;
}

class Greedy {
 public:
  Greedy(const MixedSearch& search, const MixedPrecision& how)
      : search_(search), how_(how), blocks_(blocks_of(search.prepared.graph)) {}

  std::vector<FloatBlock> run() {
    double now = fidelity({}).snr_db;
    std::vector<std::string> open = by_gain_alone();
    std::vector<std::string> names;
    while (static_cast<int>(chosen_.size()) < how_.most && !open.empty()) {
      const auto [at, best] = best_of(open, names);
      if (best.snr_db - now < how_.least_gain_db) break;
      names.push_back(open[at]);
      chosen_.push_back({open[at], best, extra_bytes(search_.prepared, blocks_.at(open[at]))});
      open.erase(open.begin() + static_cast<ptrdiff_t>(at));
      now = best.snr_db;
    }
    return chosen_;
  }

 private:
  Fidelity fidelity(const std::vector<std::string>& names) const {
    Int8Options options = search_.options;
    for (const auto& name : names)
      options.float_nodes.insert(blocks_.at(name).begin(), blocks_.at(name).end());
    const auto made = to_int8(search_.prepared, search_.ranges, options);
    return compare(search_.expected, logits(made, search_.images, search_.int8));
  }

  std::vector<std::string> by_gain_alone() const {
    std::vector<std::pair<double, std::string>> alone;
    for (const auto& [name, nodes] : blocks_) alone.emplace_back(-fidelity({name}).snr_db, name);
    std::sort(alone.begin(), alone.end());
    std::vector<std::string> names;
    for (auto& entry : alone) names.push_back(std::move(entry.second));
    return names;
  }

  std::pair<size_t, Fidelity> best_of(const std::vector<std::string>& open,
                                      const std::vector<std::string>& names) const {
    std::pair<size_t, Fidelity> best;
    for (size_t i = 0; i < std::min(how_.tried_a_step, open.size()); ++i) {
      auto with = names;
      with.push_back(open[i]);
      if (const Fidelity f = fidelity(with); i == 0 || f.snr_db > best.second.snr_db) best = {i, f};
    }
    return best;
  }

  const MixedSearch& search_;
  const MixedPrecision& how_;
  Blocks blocks_;
  std::vector<FloatBlock> chosen_;
};

}  // namespace

std::map<std::string, std::vector<std::string>> blocks_of(const ir::Graph& graph) {
  Blocks blocks;
  for (const ir::Node& node : graph.nodes())
    if (may_stay_float(node.op)) blocks[block_of(node.name)].push_back(node.name);
  return blocks;
}

std::vector<FloatBlock> choose_float_blocks(const MixedSearch& search, const MixedPrecision& how) {
  return Greedy(search, how).run();
}

}  // namespace nnstretch::quantize
