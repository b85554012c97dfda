#include "config/keys.h"

#include <algorithm>

#include "base/nearest.h"

namespace nnstretch::config {
namespace {

std::vector<std::string> list_keys() {
  std::vector<std::string> names;
  const Config config;
  for_each_key(config, [&](const std::string& name, const auto&) { names.push_back(name); });
  return names;
}
const std::vector<std::string>& keys() {
  static const std::vector<std::string> names = list_keys();
  return names;
}

std::vector<std::string> list_sections() {
  std::vector<std::string> names;
  const Config config;
  Config::fields(config, [&](std::string_view name, const auto& member) {
    if constexpr (IsSection<decltype(member)>) names.emplace_back(name);
  });
  return names;
}
const std::vector<std::string>& sections() {
  static const std::vector<std::string> names = list_sections();
  return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view leaf(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

bool is_key(std::string_view name) { return contains(keys(), name); }
bool is_own_key(std::string_view name) {
  constexpr std::string_view names[] = {
      "OPTIM.STEP",        "OPTIM.MIN_EPOCH", "OPTIM.GRAD_CLIP",   "OPTIM.HEAD_LR_MULT",
      "TRAIN.ACCUM_STEPS", "TRAIN.NEW_HEAD",  "TRAIN.FREEZE",      "TRAIN.SAVE_MINUTES",
      "TRAIN.SAVE_STEPS",  "TRAIN.FLIP",      "DATA_LOADER.COLOUR"};
  return name.starts_with("ELASTIC.") ||
         std::find(std::begin(names), std::end(names), name) != std::end(names);
}
bool is_section(std::string_view name) { return contains(sections(), name); }

bool is_deprecated(std::string_view name) {
  constexpr std::string_view names[] = {"MEM",
                                        "MEM.RELU_INPLACE",
                                        "OPTIM.GAMMA",
                                        "PREC_TIME.BATCH_SIZE",
                                        "PORT",
                                        "PREC_TIME.ENABLED",
                                        "TRAIN.CHECKPOINT_PERIOD",
                                        "TRAIN.EVAL_PERIOD"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string nearest_name(std::string_view name) {
  // A key of this name in another section is nearer than two typing errors, farther than one.
  const auto distance = [&](const std::string& known) {
    const bool elsewhere = leaf(known) == leaf(name) && known.find('.') != std::string::npos;
    return std::min(2 * edits(known, name), elsewhere ? size_t{3} : SIZE_MAX);
  };
  std::string best;
  size_t least = SIZE_MAX;
  for (const std::vector<std::string>* names : {&keys(), &sections()})
    for (const std::string& known : *names)
      if (const size_t d = distance(known); d < least) {
        least = d;
        best = known;
      }
  return best;
}

}  // namespace nnstretch::config
