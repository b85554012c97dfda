#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "weights/convert.h"
#include "weights/families.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

// torch's count of training steps; no network computes with it.
bool is_bookkeeping(std::string_view name) { return name.ends_with("num_batches_tracked"); }

// "3 are missing (a, b, c)"; empty if there are none. Long lists end in dots.
std::string summary(std::string_view verdict, std::vector<std::string> names) {
  constexpr size_t kShown = 8;
  if (names.empty()) return {};
  const size_t count = names.size();
  if (count > kShown) names.resize(kShown);
  return fmt::format("{} {} ({}{})", count, verdict, fmt::join(names, ", "),
                     count > kShown ? ", ..." : "");
}

std::string describe(const Match& match) {
  std::vector<std::string> misfits;
  for (const auto& [name, found, needed] : match.misshapen)
    misfits.push_back(
        fmt::format("{} {} for {}", name, ir::to_string(found), ir::to_string(needed)));
  std::vector<std::string> parts;
  for (auto& part : {summary("missing", match.missing), summary("of another shape", misfits),
                     summary("left over", match.left_over), summary("not real", match.not_real)})
    if (!part.empty()) parts.push_back(part);
  return fmt::format("the weights are not those of this network: {}", fmt::join(parts, "; "));
}

}  // namespace

Match match(const ir::Graph& graph, const ir::WeightStore& store) {
  Match match;
  std::set<std::string_view> wanted;
  const auto slots = ir::weight_slots(graph);
  for (const auto& [name, shape] : slots) {
    wanted.insert(name);
    const ir::Tensor* tensor = store.find(name);
    if (!tensor)
      match.missing.push_back(name);
    else if (tensor->shape != shape)
      match.misshapen.push_back({name, tensor->shape, shape});
    else if (!is_real(tensor->dtype))
      match.not_real.push_back(name);
  }
  for (const auto& [name, tensor] : store)
    if (!wanted.contains(name) && !is_bookkeeping(name)) match.left_over.push_back(name);
  return match;
}

ir::WeightStore under_own_names(const ir::Graph& graph, const ir::WeightStore& store,
                                const std::string& where) {
  const auto slots = ir::weight_slots(graph);
  const bool own = std::any_of(slots.begin(), slots.end(), [&](const auto& slot) {
    // timm's RegNets have stem and head in common with pycls.
    return !slot.name.starts_with("stem.") && !slot.name.starts_with("head.") &&
           store.find(slot.name);
  });
  if (own) return store;
  Renamed theirs = renamed(graph, store);
  if (!theirs.family.empty())
    log::info(
        "{}: names of a {} recognised; give DATA_LOADER.COLOUR rgb (`colour`) if it was "
        "trained on red first",
        where, theirs.family);
  return std::move(theirs.weights);
}

ir::WeightStore select(const ir::Graph& graph, const ir::WeightStore& given,
                       const std::string& where) {
  const ir::WeightStore store = under_own_names(graph, given, where);
  if (const Match found = match(graph, store); !found.fits())
    throw ShapeError({.what = describe(found),
                      .where = where,
                      .fix = "give the configuration that these weights were trained with"});
  ir::WeightStore chosen;
  for (const auto& slot : ir::weight_slots(graph))
    chosen.set(slot.name, to_f32(store.at(slot.name)));
  try {
    ir::check_weights(graph, chosen);
  } catch (const FormatError& error) {
    const auto& [what, tensor, fix] = error.message();
    throw FormatError({what, fmt::format("{}: {}", where, tensor), fix});
  }
  return chosen;
}

}  // namespace nnstretch::weights
