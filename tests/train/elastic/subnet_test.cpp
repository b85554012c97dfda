// Sub-networks cut out of elastic networks: of a ResNet-50 of two branches against the original's
// logits, of a small one against the whole network with the channels that are cut off put out.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "base/error.h"
#include "base/npy.h"
#include "nets/elastic.h"
#include "train/elastic/subnet.h"
#include "train/elastic_net.h"
#include "train/interpreter.h"

namespace nnstretch::train {
namespace {

using nlohmann::json;

std::filesystem::path golden(const std::string& name) {
  return testing::shared_folder() / "golden/supernet" / name;
}

using Names = std::map<std::string, ir::Shape>;

// "name 64x3x7x7 float32" a line: the state_dict of the original's elastic network.
Names original_names() {
  std::ifstream keys(golden("R-50-2B.state_keys.txt"));
  Names names;
  for (std::string name, size, type; keys >> name >> size >> type;) {
    std::stringstream sizes(size);
    for (std::string one; size != "scalar" && std::getline(sizes, one, 'x');)
      names[name].push_back(std::stoll(one));
  }
  return names;
}

std::string with_inner(const std::string& name, const std::string& inner) {
  const size_t dot = name.rfind('.');
  return name.substr(0, dot) + "." + inner + name.substr(dot);
}

// "s1.branches.0.b1.f.a.weight" is "s1_b0.b1.f.a.conv.weight" there. Statistics are kept for some
// widths, each in a module of its own.
std::string original_name(const StateSlot& slot, const Names& names) {
  static const std::regex kBranch(R"(^s(\d+)\.branches\.(\d+)\.)");
  const std::string name = std::regex_replace(slot.name, kBranch, "s$1_b$2.");
  if (slot.kind == Kind::parameter && slot.shape.size() == 4) return with_inner(name, "conv");
  if (slot.kind == Kind::parameter)
    return name.starts_with("head.fc.") ? with_inner(name, "linear") : name;
  for (int kept = 0;; ++kept) {
    const std::string one = with_inner(name, "bn." + std::to_string(kept));
    if (names.at(one) == slot.shape) return one;
  }
}

Tensor recipe(const std::string& name, const ir::Shape& shape) {
  return from_tensor(weights::initial_value(name, shape));
}

State whole_state(const ir::Graph& graph, const Names& names) {
  std::vector<Entry> entries;
  for (const StateSlot& slot : state_slots(graph)) {
    const std::string name = slot.kind == Kind::counter ? "" : original_name(slot, names);
    entries.push_back({slot.name,
                       name.empty() ? torch::tensor(int64_t{0}) : recipe(name, slot.shape),
                       slot.kind});
  }
  return State(std::move(entries));
}

config::Config config_of(const json& arch) {
  auto config = config::load(testing::source_folder() / "configs/elastic/R-50-2B.yaml");
  config::merge(config, {"ANYNET.DEPTHS", arch.at("dss").dump(), "ANYNET.WIDTHS",
                         arch.at("wss").dump(), "ANYNET.GROUP_WS", arch.at("gss").dump()});
  return config;
}

json arch(const std::string& name) {
  std::ifstream file(golden("R-50-2B.json"));
  return json::parse(file).at(name).at("arch");
}

struct Logits {
  Tensor wanted, got;
  double deviation() const { return wanted.std().item<double>(); }
  double difference() const { return (wanted - got).abs().max().item<double>(); }
};

Logits logits_of(const std::string& name, bool align) {
  constexpr int kSize = 224;
  const Names names = original_names();
  const torch::NoGradGuard no_grad;
  const ir::Graph whole = nets::build(config_of(arch("max")), kSize),
                  graph = nets::build(config_of(arch(name)), kSize);
  const Subnet subnet(graph, whole, align);
  const State state = subnet.view(whole_state(whole, names));
  const auto slots = state_slots(graph);
  for (size_t i = 0; i < slots.size(); ++i)
    if (slots[i].kind == Kind::statistic)
      state[i].copy_(recipe(original_name(slots[i], names), slots[i].shape));
  auto image = testing::recipe_image("input", kSize);
  const Tensor got = subnet.network().forward(
      state, torch::from_blob(image.data(), {1, 3, kSize, kSize}).clone(), {});
  const NpyArray wanted = read_npy(golden("R-50-2B." + name + ".logits.npy"));
  const auto numbers = wanted.as<float>();
  return {torch::tensor(std::vector<float>(numbers.begin(), numbers.end())), got.view(-1)};
}

TEST(Subnet, GivesTheOriginalsLogitsWhenCutAsTheOriginalCuts) {
  NNSTRETCH_NEEDS_SHARED();
  for (const char* name : {"max", "min"}) {
    const Logits logits = logits_of(name, /*align=*/false);
    EXPECT_LE(logits.difference(), 1e-4 * logits.deviation()) << name;
  }
}

// Its own columns: the same where nothing is cut off, another network where something is.
TEST(Subnet, KeepsTheWholeNetworkWhenBranchesKeepTheirColumns) {
  NNSTRETCH_NEEDS_SHARED();
  const Logits max = logits_of("max", /*align=*/true), min = logits_of("min", /*align=*/true);
  EXPECT_LE(max.difference(), 1e-4 * max.deviation());
  EXPECT_GE(min.difference(), min.deviation());
}

TEST(Subnet, IsRefusedIfTheElasticNetworkIsTooSmall) {
  const auto whole = testing::elastic_config();
  auto wider = whole, deeper = whole;
  config::merge(wider, {"ANYNET.WIDTHS", "[[24, 16], [32, 24]]"});
  config::merge(deeper, {"ANYNET.DEPTHS", "[[3, 2], [2, 2]]"});
  const auto graph = [](const config::Config& config) { return nets::build(config, 16); };
  EXPECT_THROW(Subnet(graph(wider), graph(whole), true), ShapeError);
  EXPECT_THROW(Subnet(graph(deeper), graph(whole), true), ShapeError);
  EXPECT_NO_THROW(Subnet(graph(whole), graph(deeper), true));
}

// Zeroes what the norms of blocks and channels give that are not in `size`.
void put_out(const State& whole, const nets::NetSize& size) {
  static const std::regex kNorm(
      R"(^s(\d+)\.branches\.(\d+)\.b(\d+)\.(.*)\.(weight|bias|running_mean)$)");
  const torch::NoGradGuard no_grad;
  for (const Entry& entry : whole.entries()) {
    std::smatch match;
    if (!std::regex_match(entry.name, match, kNorm) || entry.value.dim() != 1) continue;
    const auto number = [&](size_t i) { return static_cast<size_t>(std::stoi(match[i])); };
    const auto [depth, width] = size[number(1) - 1][number(2)];
    const bool surplus_block = std::stoi(match[3]) > depth;
    const int64_t from = surplus_block ? 0 : width;
    entry.value.narrow(0, from, entry.value.size(0) - from).zero_();
  }
}

// Channels whose norms give 0 are not there, and a block that adds 0 to what a relu gave is not
// there either: the whole network with these put out is the network that is cut out. True only if
// every branch keeps its own columns.
TEST(Subnet, IsTheWholeNetworkWithTheRestPutOutIfBranchesKeepTheirColumns) {
  const nets::Elastic elastic(testing::elastic_config());
  const ir::Graph graph = nets::build(testing::elastic_config(), 16);
  const Tensor images = testing::random_images(3, 16);
  const torch::NoGradGuard no_grad;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const nets::NetSize size = elastic.random({seed});
    const State whole = testing::random_state(graph, seed);
    const auto logits = [&](bool align) {
      const Subnet subnet(nets::build(elastic.config_of(size), 16), graph, align);
      return subnet.network().forward(subnet.view(whole), images, {});
    };
    const Tensor aligned = logits(true), sliced = logits(false);
    put_out(whole, size);
    const Tensor wanted = Interpreter(graph).forward(whole, images, {});
    const double deviation = wanted.std().item<double>();
    EXPECT_LE((aligned - wanted).abs().max().item<double>(), 1e-5 * deviation)
        << "seed " << seed << ", " << nets::Elastic::name_of(size);
    bool cut_before_last = false;  // otherwise both are the first columns
    for (size_t stage = 0; stage < size.size(); ++stage)
      cut_before_last |= size[stage][0].width < elastic.largest()[stage][0].width;
    if (cut_before_last) {
      EXPECT_GT((sliced - wanted).abs().max().item<double>(), 1e-3 * deviation) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace nnstretch::train
