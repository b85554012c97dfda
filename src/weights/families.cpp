#include "weights/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace nnstretch::weights {
namespace {

using Words = std::vector<std::string>;  // of a name: "layer1.0.conv1.weight" has four

Words split(std::string_view name) {
  Words words(1);
  for (const char c : name) {
    if (c == '.')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

// The number behind `before` in a word, "layer2" or "block1-0" behind "block1-"; -1: another word.
int number_after(std::string_view word, std::string_view before) {
  if (!word.starts_with(before) || word.size() == before.size()) return -1;
  int number = 0;
  for (const char c : word.substr(before.size())) {
    if (!std::isdigit(static_cast<unsigned char>(c)) || number > 10000) return -1;
    number = 10 * number + (c - '0');
  }
  return number;
}

// Prefixes of the names in the network that is to get the weights: [stage][block], "s1.b1.".
class Places {
 public:
  explicit Places(const ir::Graph& graph) {
    for (const auto& slot : ir::weight_slots(graph)) {
      names_.insert(slot.name);
      const Words words = split(slot.name);
      const int stage = number_after(words[0], "s");
      if (stage < 1) continue;
      std::string prefix;
      for (const std::string& word : words) {
        prefix += word + '.';
        if (const int block = number_after(word, "b"); block > 0) {
          blocks_[{stage, block}] = prefix;
          break;
        }
      }
    }
  }
  // Empty if there is none; both count from 1.
  std::string block(int stage, int block) const {
    const auto found = blocks_.find({stage, block});
    return found == blocks_.end() ? std::string() : found->second;
  }
  std::string block_in_all(int number) const {
    return number >= 1 && number <= static_cast<int>(blocks_.size())
               ? std::next(blocks_.begin(), number - 1)->second
               : std::string();
  }
  int blocks() const { return static_cast<int>(blocks_.size()); }
  int stages() const { return blocks_.empty() ? 0 : blocks_.rbegin()->first.first; }
  // The batch norm of the head's convolution.
  std::string head_norm() const {
    return names_.contains("head.conv_bn.weight") ? "head.conv_bn" : "head.bn";
  }

 private:
  std::set<std::string, std::less<>> names_;
  std::map<std::pair<int, int>, std::string> blocks_;
};

// What a name becomes, its last word left out; nothing if it has no place.
using Name = std::optional<std::string>;
using Store = ir::WeightStore;

// A convolution or the batch norm behind it, as 0 and 1 or by other words.
Name layer(const std::string& prefix, const std::string& name, bool is_norm) {
  if (prefix.empty()) return {};
  return prefix + name + (is_norm ? "_bn" : "");
}
Name shortcut(const std::string& prefix, bool is_norm) {
  if (prefix.empty()) return {};
  return prefix + (is_norm ? "bn" : "proj");
}
// Squeeze-and-excitation; both are convolutions with a bias.
Name gate(const std::string& prefix, bool second) {
  if (prefix.empty()) return {};
  return prefix + (second ? "se.f_ex.2" : "se.f_ex.0");
}
Name stem(bool is_norm) { return is_norm ? "stem.bn" : "stem.conv"; }
Name head(const Places& places, bool is_norm) { return is_norm ? places.head_norm() : "head.conv"; }
// 1, 2 and 3: the convolutions of a residual block.
Name residual(const std::string& prefix, int number, bool is_norm) {
  constexpr std::array<const char*, 3> kNames = {"f.a", "f.b", "f.c"};
  if (number < 1 || number > 3) return {};
  return layer(prefix, kNames[static_cast<size_t>(number - 1)], is_norm);
}

// conv1 bn1 layer1.0.conv1 layer1.0.bn1 layer1.0.downsample.0 fc
Name resnet(const Words& w, const Store&, const Places& places) {
  if (w[0] == "conv1" || w[0] == "bn1") return stem(w[0] == "bn1");
  if (w[0] == "fc") return "head.fc";
  const int stage = number_after(w[0], "layer");
  if (stage < 1 || w.size() < 4) return {};
  const std::string block = places.block(stage, number_after(w[1], "") + 1);
  if (w[2] == "downsample") return shortcut(block, w[3] == "1");
  if (const int conv = number_after(w[2], "conv"); conv > 0) return residual(block, conv, false);
  return residual(block, number_after(w[2], "bn"), true);
}

// stem.0 trunk_output.block1.block1-0.proj.0 .f.a.0 .f.se.fc1 fc
Name torchvision_regnet(const Words& w, const Store&, const Places& places) {
  if (w[0] == "stem") return stem(w[1] == "1");
  if (w[0] == "fc") return "head.fc";
  if (w.size() < 5) return {};
  const int stage = number_after(w[1], "block");
  const std::string block =
      places.block(stage, number_after(w[2], fmt::format("block{}-", stage)) + 1);
  if (w[3] == "proj") return shortcut(block, w[4] == "1");
  if (w.size() < 7 || block.empty()) return {};
  if (w[4] == "se") return gate(block + "f.", w[5] == "fc2");
  return residual(block, w[4][0] - 'a' + 1, w[5] == "1");
}

// stem.conv s1.b1.conv1.conv s1.b1.conv1.bn s1.b1.se.fc1 s1.b1.downsample.conv head.fc
Name timm_regnet(const Words& w, const Store&, const Places& places) {
  if (w[0] == "stem") return stem(w[1] == "bn");
  if (w[0] == "head") return "head.fc";
  if (w.size() < 5) return {};
  const std::string block = places.block(number_after(w[0], "s"), number_after(w[1], "b"));
  if (block.empty()) return {};
  if (w[2] == "downsample") return shortcut(block, w[3] == "bn");
  if (w[2] == "se") return gate(block + "f.", w[3] == "fc2");
  return residual(block, number_after(w[2], "conv"), w[3] == "bn");
}

// The convolutions of a block of MobileNets and EfficientNets, as they follow each other; one that
// does not expand begins with the second.
constexpr std::array<const char*, 3> kInverted = {"exp", "dwise", "lin_proj"};

// features.0.0 features.2.1.block.0.0 .block.2.fc1 features.8.1 classifier.1
Name torchvision_effnet(const Words& w, const Store& store, const Places& places) {
  if (w[0] == "classifier") return "head.fc";
  const int stage = number_after(w[1], "");
  if (stage == 0) return stem(w[2] == "1");
  if (stage == places.stages() + 1) return head(places, w[2] == "1");
  if (w.size() < 7) return {};
  const std::string block = places.block(stage, number_after(w[2], "") + 1);
  if (w[5] == "fc1" || w[5] == "fc2") return gate(block, w[5] == "fc2");
  const bool expands =
      store.find(fmt::format("features.{}.{}.block.3.0.weight", w[1], w[2])) != nullptr;
  const int at = number_after(w[4], "") + (expands ? 0 : 1);  // exp, dwise, gate, lin_proj
  if (at < 0 || at > 3 || at == 2) return {};
  return layer(block, kInverted[static_cast<size_t>(std::min(at, 2))], w[5] == "1");
}

// features.0.0 features.2.conv.0.0 features.2.conv.2 features.18.1 classifier.1
Name torchvision_mobilenet(const Words& w, const Store& store, const Places& places) {
  if (w[0] == "classifier") return "head.fc";
  const int number = number_after(w[1], "");
  if (number == 0) return stem(w[2] == "1");
  if (number == places.blocks() + 1) return head(places, w[2] == "1");
  if (w.size() < 5) return {};
  const std::string block = places.block_in_all(number);
  const bool expands = store.find(fmt::format("features.{}.conv.3.weight", w[1])) != nullptr;
  const int at = number_after(w[3], "") + (expands ? 0 : 1);  // exp, dwise, lin_proj, its norm
  if (at < 0 || at > 3) return {};
  if (at >= 2) return layer(block, kInverted[2], at == 3);
  return layer(block, kInverted[static_cast<size_t>(at)], w[4] == "1");
}

// conv_stem bn1 blocks.1.0.conv_pw blocks.1.0.bn1 .conv_dw .se.conv_reduce .conv_pwl conv_head
Name timm_mobile(const Words& w, const Store& store, const Places& places) {
  if (w[0] == "conv_stem" || w[0] == "bn1") return stem(w[0] == "bn1");
  if (w[0] == "conv_head" || w[0] == "bn2") return head(places, w[0] == "bn2");
  if (w[0] == "classifier") return "head.fc";
  if (w[0] != "blocks" || w.size() < 5) return {};
  const std::string block = places.block(number_after(w[1], "") + 1, number_after(w[2], "") + 1);
  if (w[3] == "se") return gate(block, w[4] == "conv_expand");
  const bool expands =
      store.find(fmt::format("blocks.{}.{}.conv_pwl.weight", w[1], w[2])) != nullptr;
  const std::map<std::string, int> convs = {
      {"conv_pw", expands ? 0 : 2}, {"conv_dw", 1}, {"conv_pwl", 2}};
  const auto conv = convs.find(w[3]);
  const int at = conv != convs.end() ? conv->second : number_after(w[3], "bn") - (expands ? 1 : 0);
  if (at < 0 || at > 2) return {};
  return layer(block, kInverted[static_cast<size_t>(at)], conv == convs.end());
}

struct Family {
  std::string_view name;
  std::string_view mark;  // a tensor that only this family has
  Name (*rename)(const Words&, const Store&, const Places&);
};
constexpr auto kFamilies = std::to_array<Family>({
    {"torchvision or timm ResNet", "layer1.0.conv1.weight", resnet},
    {"torchvision RegNet", "trunk_output.block1.block1-0.f.a.0.weight", torchvision_regnet},
    {"timm RegNet", "s1.b1.conv1.conv.weight", timm_regnet},
    {"torchvision EfficientNet", "features.1.0.block.0.0.weight", torchvision_effnet},
    {"torchvision MobileNetV2", "features.1.conv.0.0.weight", torchvision_mobilenet},
    {"timm EfficientNet or MobileNetV2", "conv_stem.weight", timm_mobile},
});

// As torch.nn.DataParallel saves it.
Store without_wrapper(const Store& store) {
  constexpr std::string_view kWrapper = "module.";
  Store bare;
  for (const auto& [name, tensor] : store)
    bare.set(name.starts_with(kWrapper) ? name.substr(kWrapper.size()) : name, tensor);
  return bare;
}

}  // namespace

Renamed renamed(const ir::Graph& graph, const ir::WeightStore& given) {
  const Store store = without_wrapper(given);
  const Places places(graph);
  for (const Family& family : kFamilies) {
    if (!store.find(family.mark)) continue;
    Renamed result{std::string(family.name), {}};
    for (const auto& [name, tensor] : store) {
      const Words words = split(name);
      Name module;
      if (words.size() >= 2) module = family.rename(words, store, places);
      result.weights.set(module ? *module + '.' + words.back() : name, tensor);
    }
    return result;
  }
  return {"", store};
}

}  // namespace nnstretch::weights
