#include "config/network_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/complaints.h"

namespace nnstretch::config {
namespace {

using Words = std::vector<std::string_view>;

const Words roles = {"cpu", "gpu", "dsp", "npu"};
const Words activations = {"relu", "relu6", "silu", "swish", "gelu"};
const Words stems = {"res_stem_in", "simple_stem_in", "res_stem_cifar"};
const Words blocks = {
    "vanilla_block", "res_basic_block",  "res_bottleneck_block", "res_bottleneck_linear_block",
    "mbconv",        "inverted_residual"};

std::string known_word(const Config& config, std::string_view key, const Value& value,
                       const Words& words) {
  const auto* word = value.get_if<std::string>();
  if (word && std::find(words.begin(), words.end(), *word) != words.end()) return *word;
  fail(config, key, fmt::format("does not know {}", to_yaml(value)),
       fmt::format("write one of {}", fmt::join(words, ", ")));
}

void check_stem_and_head(const Config& config) {
  const AnyNet& net = config.anynet;
  known_word(config, "ANYNET.STEM_TYPE", net.stem_type, stems);
  in_range(config, "ANYNET.STEM_W", net.stem_w, 1, 1 << 16);
  in_range(config, "ANYNET.STEM_K", net.stem_k, 1, 63);
  if (net.stem_k % 2 == 0)
    fail(config, "ANYNET.STEM_K", fmt::format("{} is even", net.stem_k), "write an odd number");
  in_range(config, "ANYNET.HEAD_W", net.head_w, 0, 1 << 16);
}

void check_devices(const Config& config) {
  const AnyNet& net = config.anynet;
  if (net.devices.empty())
    fail(config, "ANYNET.DEVICES", "is empty: no branch has a processor",
         "name one role per branch, as in [cpu, gpu]");
  for (const Value& role : net.devices) known_role(config, "ANYNET.DEVICES", role);
  known_role(config, "ANYNET.STEM_DEVICE", net.stem_device);
  known_role(config, "ANYNET.HEAD_DEVICE", net.head_device);
  known_role(config, "ANYNET.MERGE_DEVICE", net.merge_device);
}

}  // namespace

std::string known_role(const Config& config, std::string_view key, const Value& value) {
  return known_word(config, key, value, roles);
}

std::string known_activation(const Config& config, std::string_view key, const Value& value) {
  const std::string word = known_word(config, key, value, activations);
  return word == "swish" ? "silu" : word;
}

void check_network(const Config& config) {
  known_activation(config, "MODEL.ACTIVATION_FUN", config.model.activation_fun);
  in_range(config, "MODEL.NUM_CLASSES", config.model.num_classes, 1, 1 << 20);
  in_range(config, "TRAIN.IM_SIZE", config.train.im_size, 1, 1 << 13);
  known_word(config, "ANYNET.BLOCK_TYPE", config.anynet.block_type, blocks);
  in_range(config, "ANYNET.MB_VER", config.anynet.mb_ver, 1, 2);
  if (config.anynet.se_on && !(config.anynet.se_r > 0.0 && config.anynet.se_r <= 1.0))
    fail(config, "ANYNET.SE_R", fmt::format("is {}", config.anynet.se_r),
         "write a number above 0, 1 at most");
  if (config.anynet.mb_ver == 1 && config.anynet.original_widths.empty())
    fail(config, "ANYNET.ORIGINAL_WIDTHS", "is empty, but MB_VER 1 sizes its branches by it",
         "give one width per stage");
  check_stem_and_head(config);
  check_devices(config);
}

}  // namespace nnstretch::config
