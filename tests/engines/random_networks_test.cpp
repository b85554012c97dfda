// Random small networks on every engine: written as .tflite and .onnx, read back, run whole and in
// parts, against the reference kernels on the graph before it was written.
//     NNSTRETCH_NETWORKS=17      one network; 17:200 two hundred from seed 17
//     NNSTRETCH_FAILURES=1       how many failing networks to look into (10)
#include <gtest/gtest.h>

#include <iostream>

#include "base/cpu.h"
#include "engines/network_check.h"
#include "engines/random_network.h"
#include "support/absent.h"
#include "support/engine_list.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;

int number_of(const char* variable, int otherwise) {
  const char* given = std::getenv(variable);
  return given ? std::atoi(given) : otherwise;
}

constexpr uint32_t kSlowShare = 20;  // of emulated devices: every so manyth network

struct Seeds {
  uint32_t first, count;
};
Seeds seeds() {
  Seeds seeds{1 + (base_seed() - 1) * 1'000'000, std::getenv("NNSTRETCH_FULL") ? 5000u : 100u};
  if (const char* given = std::getenv("NNSTRETCH_NETWORKS")) {
    char* end = nullptr;
    seeds = {static_cast<uint32_t>(std::strtoul(given, &end, 10)), 1};
    if (*end == ':') seeds.count = static_cast<uint32_t>(std::strtoul(end + 1, nullptr, 10));
  }
  return seeds;
}

void print_reasons(const char* title, const Reasons& reasons) {
  for (const auto& [reason, count] : reasons)
    std::cout << fmt::format("  {} {} x: {}\n", title, count, reason);
}

// Failing networks, shrunk and written out; a test stops when there are too many.
class Failures {
 public:
  explicit Failures(std::string name) : name_(std::move(name)) {}

  void add(uint32_t seed, const std::string& where, const Known& known,
           const std::function<std::optional<std::string>(const Known&)>& wrong) {
    const Known small = shrunk(known, [&](const Known& part) { return wrong(part).has_value(); });
    const auto folder =
        std::filesystem::absolute(fmt::format("random-networks/{}-{}-{}", name_, seed, where));
    std::filesystem::remove_all(folder);
    write(folder, small);
    ADD_FAILURE() << fmt::format("{}, seed {}, {}: {}\n{}in {}", name_, seed, where,
                                 wrong(small).value_or("not seen again"),
                                 ir::print(small.model.graph), folder.string());
    ++count_;
  }
  static void write(const std::filesystem::path& folder, const Known& known) {
    for (const Format format : {Format::tflite, Format::onnx}) try {
        write_network(folder / name_of(format), known, format);
      } catch (const FormatError&) {  // this one cannot hold it
      }
  }
  bool are_enough() const { return count_ >= number_of("NNSTRETCH_FAILURES", 10); }

 private:
  std::string name_;
  int count_ = 0;
};

// What random networks have found, each the smallest that showed it.
constexpr const char* kFound[] = {
    // Two layers with the same weights and other scales: XNNPACK packed them once.
    "x = input i8 1x6x4x4 q=0.014,-78;"
    "a = conv x out=4 window=1x1/2x2 groups=4 bias=1 act=relu w=w,b q=0.65,-128;"
    "b = conv x out=4 window=1x1/2x2 groups=4 bias=1 act=relu6 w=w,b q=0.01,-33; output a b",
    // Shuffles of other ranks than 2 and 4.
    "x = input f32 12; y = shuffle x groups=3; output y",
    "x = input i8 2x1x8 q=0.005,-68; y = shuffle x groups=2; output y",
    // uint8 given out where the file's order is the other.
    "x = input i8 1x6x5x4 q=0.025,-128; a = transpose x order=0x2x3x1;"
    "b = quantize a to=u8 q=0.0897108,133; output a b",
    // Outputs that are another value once more, or another value in the other order.
    "x = input f32 1x5x4x4; a = act x kind=relu; b = transpose a order=0x1x2x3; output b a",
    "x = input i8 1x2x2x2 q=0.2,9; a = transpose x order=0x2x3x1; output a",
    "x = input f32 1x1x3x8; a = transpose x order=0x2x3x1; b = act a kind=relu6; output a b",
    // Results of far finer scales than their operands.
    "x = input i8 1x3x3x3 q=0.0039,-128; y = input i8 1x3x3x3 q=0.062,0;"
    "z = add x y act=relu q=0.00004,-26; output z",
    // Padding with a zero point at the end of its range; a value given out that is only
    // dequantised.
    "x = input i8 1x1x1x48 q=0.1,127; y = pad x pads=0,0,1,0; output y",
    "x = input i8 1x8x3x2 q=0.006,33; y = dequantize x; output y",
    // Values beyond the range of int8 between operators.
    "x = input i8 1x3 q=0.098,0; a = quantize x q=0.016,52; b = quantize a q=0.0084,-128; output b",
    "x = input i8 2x7x4x3 q=0.001,-16; y = input i8 2x7x4x3 q=0.005,127;"
    "a = sub x y act=relu6 q=0.0048,-38; k = constant i8 - q=0.0019,93; b = sub a k q=0.026,-128;"
    "output a b",
    // Kernels of one channel a group whose stride leaves one column.
    "x = input i8 1x4x3x2 q=0.011,127;"
    "y = conv x out=32 window=3x3/1x2+1,1,1,0 groups=2 bias=1 w=w,b q=0.009,-128; output y",
    "x = input f32 2x6x2x1; a = conv x out=1 window=5x5/1x1+2,2,2,2 w=a;"
    "b = conv a out=2 window=1x1/1x2 act=relu6 w=b; output b",
    // Groups of few channels, for which there is only a kernel that adds up in 16 bits.
    "x = input i8 1x5x2x2 q=0.011,127;"
    "y = conv x out=32 window=4x4/3x3+1,2,1,2 groups=2 bias=1 w=w,b q=0.006,0; output y",
    "x = input i8 1x5x7x2 q=0.011,0;"
    "y = conv x out=4 window=2x2/1x1+0,1,1,1 groups=2 bias=1 w=w,b q=0.03,94; output y",
    // Kernels of 1x1 with strides and padding.
    "x = input i8 2x2x2x6 q=0.23,-124; a = pad x pads=1,1,1,2;"
    "b = conv a out=4 window=1x1/1x2 bias=1 act=relu w=w,b q=0.11,0; output b",
    "x = input f32 1x5x8x16; a = pad x pads=2,1,1,0;"
    "b = conv a out=5 window=1x1/2x2 bias=1 act=relu w=w,b; output b",
    "x = input f32 2x5x4x6; y = conv x out=5 window=1x1/2x2+1,0,1,1 bias=1 w=w,b; output y",
    // One channel twice.
    "x = input f32 1x7x4x1; a = concat x x axis=0; b = act a kind=relu; c = concat a a axis=3;"
    "output c b",
    // Two linear layers in a row, and their difference from something.
    "x = input f32 2x3; a = linear x out=11 w=a,b; b = linear a out=3 w=c,d; c = sub b x; output c",
    "x = input f32 2x3; a = linear x out=11 w=a,b; b = linear a out=3 w=c,d; c = act x kind=relu;"
    "d = mul b c; output d b",
};

RandomNetwork found(size_t i) {
  Random random(static_cast<uint32_t>(i));
  RandomNetwork network;
  network.seed = static_cast<uint32_t>(i);
  network.model = random_model(kFound[i], random);
  network.inputs = random_inputs(network.model.graph, random);
  network.narrow_weights = false;
  return network;
}

// Calls `each` with the networks of this run, those once found first.
void for_each_network(const Failures& failures, bool is_slow, const auto& each) {
  const Seeds all = seeds();
  if (!std::getenv("NNSTRETCH_NETWORKS"))
    for (size_t i = 0; i < std::size(kFound); ++i) each(found(i));
  for (uint32_t seed = all.first; seed < all.first + all.count && !failures.are_enough(); ++seed)
    if (!is_slow || all.count == 1 || seed % kSlowShare == 0) each(random_network(seed));
}

// ---- files

TEST(RandomNetwork, ComesBackFromItsFiles) {
  Failures failures("files");
  Reasons reasons;
  for_each_network(failures, false, [&](const RandomNetwork& network) {
    const Known known(network.model, network.inputs);
    for (const Format format : {Format::tflite, Format::onnx})
      if (const auto part = writable(known, format, reasons); part && lost_in_file(*part, format))
        failures.add(network.seed, name_of(format), *part,
                     [&](const Known& k) { return lost_in_file(k, format); });
  });
  print_reasons("refused", reasons);
}

// ---- engines

class RandomNetworkOn : public ::testing::TestWithParam<Column> {};

// Runs what an engine takes of a network, whole and cut at random, and says what is wrong.
void check_on(const Column& column, const Known& known, const RandomNetwork& network,
              const std::string& where, Tally& tally, Failures& failures) {
  const NodeSet keep = taken(column, known, network.narrow_weights, tally.refused);
  if (keep.empty()) return;
  const auto wrong = [&](const Known& part) { return wrong_on(column, part); };
  const Known whole =
      keep.size() == operators_of(known.model.graph).size() ? known : part_of(known, keep);
  ++tally.wholes;
  for (size_t i = 0; i < whole.model.graph.outputs().size(); ++i)
    tally.vague += whole.limit(i) > (whole.output(i).type.quant ? 16 : 1e-3);
  if (wrong_on(column, whole, &tally)) return failures.add(network.seed, where, whole, wrong);
  for (const NodeSet& nodes : halves(whole.model.graph, network.seed)) {
    const Known part = part_of(whole, nodes);
    ++tally.parts;
    if (wrong_on(column, part, &tally)) return failures.add(network.seed, where, part, wrong);
  }
}

TEST_P(RandomNetworkOn, AgreesWithTheReferenceKernels) {
  const Column& column = GetParam();
  if (const auto reason = why_absent(testing::engine_named(column.engine), column.device))
    GTEST_SKIP() << *reason;
  const bool is_slow = column.device == std::string("gpu") || column.device == std::string("htp");
  Failures failures(fmt::format("{}-{}", column.engine, column.device));
  Tally tally;
  Reasons not_written;
  for_each_network(failures, is_slow, [&](const RandomNetwork& network) {
    const Known known(network.model, network.inputs);
    std::vector<Known> read;
    for (const Format format : {Format::tflite, Format::onnx}) {
      const auto part = writable(known, format, not_written);
      if (!part || lost_in_file(*part, format)) continue;  // RandomNetwork.ComesBackFromItsFiles
      ir::Model back = read_back(part->model, format);
      if (!read.empty() && same(read[0].model, back)) continue;
      read.emplace_back(std::move(back), part->inputs);
      check_on(column, read.back(), network, name_of(format), tally, failures);
    }
  });
  std::cout << fmt::format(
      "{} {}: {} networks whole, {} parts; largest difference {:.2f} of its limit; {} outputs with "
      "a limit above 16 steps or 1e-3\n",
      column.engine, column.device, tally.wholes, tally.parts, tally.worst, tally.vague);
  print_reasons("refused", tally.refused);
}

INSTANTIATE_TEST_SUITE_P(Every, RandomNetworkOn,
                         ::testing::Values(Column{"openvino", "cpu"}, Column{"litert", "cpu"},
                                           Column{"litert", "gpu"}, Column{"qnn", "htp"}),
                         [](const auto& info) {
                           return fmt::format("{}_{}", info.param.engine, info.param.device);
                         });

// ---- for other programs

// A tool for tests/e2e/random_networks.py, to be called by hand: networks whole and cut in two,
// into $NNSTRETCH_SAMPLES.
TEST(RandomNetworks, DISABLED_AreWritten) {
  const char* target = std::getenv("NNSTRETCH_SAMPLES");
  ASSERT_TRUE(target) << "set NNSTRETCH_SAMPLES to a folder";
  const Seeds all = seeds();
  Reasons ignored;
  for (uint32_t seed = all.first; seed < all.first + all.count; ++seed) {
    RandomNetwork network = random_network(seed);
    const Known known(network.model, network.inputs);
    for (const Format format : {Format::tflite, Format::onnx}) {
      const auto whole = writable(known, format, ignored);
      if (!whole) continue;
      const std::filesystem::path folder = target;
      const std::string name = fmt::format("{}-{}", seed, name_of(format));
      write_network(folder / name, *whole, format);
      for (const NodeSet& nodes : halves(whole->model.graph, seed))
        write_network(folder / fmt::format("{}-{}", name, *nodes.begin()), part_of(*whole, nodes),
                      format);
    }
  }
}

// ---- the generator itself

TEST(RandomNetworks, AreTheSameForTheSameSeed) {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    const RandomNetwork a = random_network(seed), b = random_network(seed);
    EXPECT_TRUE(same(a.model, b.model));
    EXPECT_EQ(a.inputs, b.inputs);
  }
}

// In one hundred networks is all that this generator is for.
TEST(RandomNetworks, CoverEveryOperatorAndLayout) {
  std::map<std::string, int> operators, features;
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    const ir::Graph graph = random_network(seed).model.graph;
    EXPECT_LE(operators_of(graph).size(), 9u) << seed;
    EXPECT_GE(operators_of(graph).size(), 2u) << seed;
    for (ir::NodeId id = 0; id < graph.size(); ++id) {
      const ir::Node& node = graph.node(id);
      const ir::Shape& s = node.type.shape;
      ++operators[fmt::format("{} {}", ir::name_of(node.op), name_of(node.type.dtype))];
      ++features[fmt::format("rank {}", s.size())];
      if (s.size() == 4 && s[1] == s[2] && s[1] == s[3] && s[1] > 1) ++features["C = H = W"];
      if (s.size() == 4 && s[1] * s[2] == 1) ++features["1x1"];
      if (s.size() == 4 && s[1] * s[2] > 1 && s[3] == 1) ++features["C = 1"];
      if (graph.readers(id).size() > 1) ++features["read twice"];
      if (graph.is_output(id) && !graph.readers(id).empty()) ++features["read and given out"];
      if (node.inputs.size() == 2 && node.inputs[0] == node.inputs[1]) ++features["with itself"];
      if (!node.type.quant) continue;
      if (node.type.quant->zero_point == -128) ++features["zero point -128"];
      if (node.type.quant->zero_point == 127) ++features["zero point 127"];
      for (const ir::NodeId input : node.inputs)
        if (const auto& from = graph.node(input).type.quant) {
          if (from->scale / node.type.quant->scale > 20) ++features["scale 20 x finer"];
          if (node.type.quant->scale / from->scale > 20) ++features["scale 20 x coarser"];
        }
    }
    if (graph.outputs().size() > 1) ++features["several outputs"];
    if (graph.inputs().size() > 1) ++features["several inputs"];
  }
  for (const auto& [what, count] : operators) std::cout << what << " " << count << "\n";
  for (const auto& [what, count] : features) std::cout << what << " " << count << "\n";
  std::set<std::string> seen;
  for (const auto& [what, count] : operators) seen.insert(what.substr(0, what.find(' ')));
  EXPECT_EQ(seen.size(), std::variant_size_v<ir::Op>);
  for (const char* what :
       {"rank 0", "rank 1", "rank 2", "rank 3", "rank 4", "C = H = W", "1x1", "C = 1", "read twice",
        "read and given out", "with itself", "zero point -128", "zero point 127",
        "scale 20 x finer", "scale 20 x coarser", "several outputs", "several inputs"})
    EXPECT_GT(features[what], 0) << what;
}

}  // namespace
}  // namespace nnstretch::engines
