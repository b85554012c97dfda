// Files of operator costs: what is accepted has costs that are numbers.
#include "search/costs.h"

#include <optional>

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<search::CostModel> model;
  if (!fuzz::accepts([&] { model = search::parse_cost_model(fuzz::text_of(data, size), "fuzz"); }))
    return 0;
  for (const auto& processor : model->processors)
    fuzz::promise(processor.costs.us({1, 1, 1, 1, 1, 1}) >= 0, "costs are 0 or more");
  return 0;
}
