// A machine that is not here, as costs of single operators: what a profile is made of where nothing
// can be timed. A file of such costs, all of them the time that one more of it takes:
//     name: a phone
//     error: mean 4 %, worst 16 % of the rows that it was fitted on
//     processors:
//       cpu: {dense_ps: 4.6, pointwise_ps: 3.4, byte_ps: 233, operator_us: 40}
// dense_ps, pointwise_ps, grouped_ps, depthwise_ps: a multiply-add of such a convolution (linear
// layers are pointwise); byte_ps: a byte read or written, a value being one; operator_us: a call.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "search/grid.h"
#include "search/profile.h"

namespace nnstretch::search {

// What a float network does, by kind; batch norms and activations are part of what stands before
// them, and a convolution of several groups (not depthwise) is one a group between a split and a
// concatenation, as TF-Lite ran it when the published times were taken.
struct OperatorWork {
  double dense = 0, pointwise = 0, grouped = 0, depthwise = 0;  // multiply-adds
  double bytes = 0, operators = 0;
};
OperatorWork operator_work(const ir::Graph& graph);
OperatorWork operator+(OperatorWork a, const OperatorWork& b);

struct OperatorCosts {
  double dense_ps = 0, pointwise_ps = 0, grouped_ps = 0, depthwise_ps = 0;
  double byte_ps = 0, operator_us = 0;

  double us(const OperatorWork& work) const;
};

struct CostModel {
  struct Processor {
    std::string role;
    OperatorCosts costs;
  };
  std::string name, error;
  std::vector<Processor> processors;
};

// ConfigError with file:line: unknown keys, costs that are no positive numbers, no processor.
// IoError.
CostModel read_cost_model(const std::filesystem::path& file);
CostModel parse_cost_model(std::string_view text, const std::string& where);

// The machine that a profile of it is of, and the points of these pieces.
ProfiledMachine machine_of(const CostModel& model);
std::vector<Point> points_of(const CostModel& model, const std::vector<GridPiece>& pieces);

}  // namespace nnstretch::search
