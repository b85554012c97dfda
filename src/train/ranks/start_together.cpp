#include "train/ranks/start_together.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "train/train_error.h"

namespace nnstretch::train {
namespace {

double checksum(std::initializer_list<const State*> states) {
  double sum = 0;
  for (const State* state : states)
    for (const Entry& entry : state->entries())
      sum += entry.value.detach().to(torch::kDouble).nan_to_num(0, 0, 0).abs().sum().item<double>();
  return sum;
}

// Processors round new weights and sums in their own ways; different networks are further apart.
bool alike(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(a, b); }

}  // namespace

void check_start(Ranks& ranks, int epoch, std::initializer_list<const State*> states,
                 const std::string& out_dir) {
  Tensor all = torch::zeros({2, ranks.world()}, torch::kDouble);
  auto table = all.accessor<double, 2>();
  table[0][ranks.rank()] = epoch;
  table[1][ranks.rank()] = checksum(states);
  ranks.sum(all);
  const auto refuse = [&](std::string what) {
    throw TrainError({.what = std::move(what),
                      .where = out_dir,
                      .fix =
                          "OUT_DIR must be one folder that all computers see, and all ranks must "
                          "be given the same configuration and weights"});
  };
  for (int rank = 1; rank < ranks.world(); ++rank) {
    if (table[0][rank] != table[0][0])
      refuse(fmt::format("rank {} would begin with epoch {}, rank 0 with epoch {}", rank,
                         table[0][rank] + 1, table[0][0] + 1));
    if (!alike(table[1][rank], table[1][0]))
      refuse(fmt::format("rank {} would begin with other weights than rank 0", rank));
  }
}

}  // namespace nnstretch::train
