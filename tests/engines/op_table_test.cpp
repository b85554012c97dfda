// A tool, to be called by hand: the table of docs/engines.md, of every operator of random networks
// alone on every engine with the reference's operands.
//     NNSTRETCH_NETWORKS=1:500 build/release/engines_tests --gtest_also_run_disabled_tests
//         --gtest_filter=OpTable.DISABLED_IsWritten | grep '^|'
#include <gtest/gtest.h>

#include <iostream>

#include "engines/network_check.h"
#include "engines/random_network.h"
#include "support/absent.h"
#include "support/engine_list.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

struct Cell {
  int run = 0, refused = 0, failed = 0;
  double most = 0;
  Reasons reasons;
};
using Row = std::vector<Cell>;  // by column

constexpr Column kColumns[] = {
    {"openvino", "cpu"}, {"litert", "cpu"}, {"litert", "gpu"}, {"qnn", "htp"}};

std::string row_name(const ir::Node& node, const ir::Graph& graph) {
  std::string name(ir::name_of(node.op));
  if (const auto* act = std::get_if<ir::Activation>(&node.op)) name = ir::name_of(act->kind);
  if (const auto* conv = std::get_if<ir::Conv2d>(&node.op); conv && conv->groups > 1)
    name +=
        conv->groups == graph.node(node.inputs[0]).type.shape[3] ? " (depthwise)" : " (grouped)";
  if (const auto* pool = std::get_if<ir::AvgPool>(&node.op); pool && pool->count_padding)
    name += " (padding counts)";
  const bool is_int8 = node.type.quant || graph.node(node.inputs[0]).type.quant;
  return fmt::format("{} | {}", name, is_int8 ? "int8" : "float");
}

void try_on(const Column& column, const Known& alone, const RandomNetwork& network, Cell& cell) {
  if (taken(column, alone, network.narrow_weights, cell.reasons).empty()) {
    ++cell.refused;
    return;
  }
  Tally tally;
  ++cell.run;
  if (wrong_on(column, alone, &tally)) ++cell.failed;
  cell.most = std::max(cell.most, tally.furthest);
}

std::string text(const Cell& cell, bool int8) {
  std::string text;
  if (cell.run + cell.refused == 0) return "not tried";
  if (cell.run) text = int8 ? fmt::format("{:.0f}", cell.most) : fmt::format("{:.0e}", cell.most);
  if (cell.failed) text += fmt::format(", {} of {} wrong", cell.failed, cell.run);
  std::set<std::string> reasons;  // without the operators they are of
  for (const auto& [reason, count] : cell.reasons) {
    const size_t colon = reason.find(": ");
    reasons.insert(colon == reason.npos ? reason : reason.substr(colon + 2));
  }
  for (const std::string& reason : reasons)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", cell.run ? "some refused" : "refused",
                        reason);
  return text;
}

TEST(OpTable, DISABLED_IsWritten) {
  constexpr uint32_t kSlowShare = 10;  // of what is emulated
  const char* given = std::getenv("NNSTRETCH_NETWORKS");
  const uint32_t count =
      given ? static_cast<uint32_t>(std::atoi(std::strchr(given, ':') + 1)) : 300;
  std::map<std::string, Row> rows;
  std::vector<bool> absent;
  for (const Column& column : kColumns)
    absent.push_back(why_absent(testing::engine_named(column.engine), column.device).has_value());
  for (uint32_t seed = 1; seed <= count; ++seed) {
    RandomNetwork network = random_network(seed);
    const Known known(network.model, network.inputs);
    for (const ir::NodeId id : operators_of(known.model.graph)) {
      const Known alone = part_of(known, {id});
      Row& row = rows[row_name(known.model.graph.node(id), known.model.graph)];
      row.resize(std::size(kColumns));
      for (size_t i = 0; i < row.size(); ++i)
        if (!absent[i] && (i < 2 || seed % kSlowShare == 0))
          try_on(kColumns[i], alone, network, row[i]);
    }
  }
  std::cout << "| operator | type |";
  for (const Column& column : kColumns)
    std::cout << " " << column.engine << " " << column.device << " |";
  std::cout << "\n|---|---|---|---|---|---|\n";
  for (const auto& [name, row] : rows) {
    std::cout << "| " << name << " |";
    for (const Cell& cell : row) std::cout << " " << text(cell, name.ends_with("int8")) << " |";
    std::cout << "\n";
  }
}

}  // namespace
}  // namespace nnstretch::engines
