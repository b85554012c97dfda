// What cutting a network into parts costs on OpenVINO: all parts one after another on one core,
// against the whole network on that core. The two take turns, so that a disturbance hits both, and
// are timed by the processor time of the thread, so that others' work on the core is not counted.
//     openvino_boundaries configs/mi/R-34-CD.yaml            # a table of the parts
//     openvino_boundaries --kernels configs/mi/R-34-CD.yaml  # and the kernels of each part
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <openvino/core/model.hpp>
#include <openvino/runtime/properties.hpp>
#include <random>

#include "base/aligned.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/threads.h"
#include "config/config.h"
#include "engines/openvino/core.h"
#include "engines/openvino/lowering.h"
#include "engines/openvino/openvino_engine.h"
#include "engines/reference/evaluate.h"
#include "ir/stored_values.h"
#include "nets/build.h"
#include "plan/plan.h"
#include "quantize/int8.h"
#include "runtime/session.h"
#include "weights/weights.h"

namespace nnstretch {
namespace {

struct Options {
  std::vector<std::string> configs;
  int im_size = 224, core = 0, rounds = 60;
  bool kernels = false, check = false;
};

struct Times {
  std::vector<double> microseconds;
  void add(double time) { microseconds.push_back(time); }
  double min() const { return *std::min_element(microseconds.begin(), microseconds.end()); }
  double median() const {
    auto sorted = microseconds;
    std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
    return sorted[sorted.size() / 2];
  }
};

// Of the calling thread, on which single-threaded inference runs.
double processor_time_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

engines::Processor processor(const std::string& name, const std::string& role, int core) {
  engines::Processor p;
  p.name = name, p.role = role, p.engine = "openvino", p.cores = {core};
  return p;
}

// Blobs and noise, like a normalised picture: what matters is that nothing saturates.
std::vector<float> picture(int size, uint32_t seed) {
  constexpr int kCell = 16;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> coarse(3 * 64 * 64), image;
  for (float& value : coarse) value = normal(random);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (int c = 0; c < 3; ++c)
        image.push_back(coarse[(c * 64 + y / kCell) * 64 + x / kCell] + 0.3f * normal(random));
  return image;
}

ir::Model int8_model(const std::string& path, int size) {
  const config::Config config = config::load(path);
  ir::Model model{
      .graph = nets::build(config, size), .weights = {}, .name = path, .preprocess = {}};
  model.weights = weights::initialise(model.graph);
  const ir::Model prepared = quantize::prepare(model);
  const std::vector<std::vector<float>> images = {picture(size, 1), picture(size, 2)};
  const engines::OpenVinoEngine engine;
  engines::Processor all = processor("all", "cpu", 0);
  all.precision = engines::Precision::f32;
  return quantize::to_int8(prepared, quantize::calibrate(prepared, images, {engine, all}));
}

// The picture that calibration has not seen, as int8.
void fill(const ir::TensorType& type, std::span<std::byte> memory) {
  const auto image = picture(static_cast<int>(type.shape.at(1)), 3);
  const auto stored = ir::from_floats(image, type);
  std::copy(stored.begin(), stored.end(), memory.begin());
}

// Steps of the first output, from the reference kernels on the inputs that are there now.
std::string steps_from_reference(const ir::Model& part, const std::vector<engines::Buffer>& in,
                                 const engines::Buffer& out) {
  std::vector<std::vector<std::byte>> inputs;
  for (const auto& buffer : in) inputs.emplace_back(buffer.data, buffer.data + buffer.bytes);
  const auto wanted = engines::evaluate(part, inputs).at(0);
  double sum = 0, most = 0;
  for (size_t i = 0; i < out.bytes; ++i) {
    const int difference =
        std::to_integer<int8_t>(wanted[i]) - std::to_integer<int8_t>(out.data[i]);
    sum += std::abs(difference);
    most = std::max<double>(most, std::abs(difference));
  }
  return fmt::format("{:.3f} steps on average, {} at most", sum / static_cast<double>(out.bytes),
                     most);
}

// A plan's parts on this thread, one after another.
class Sequence {
 public:
  explicit Sequence(const plan::Plan& plan) {
    for (const auto& buffer : plan.buffers) memory_.emplace_back(buffer.type.bytes());
    for (const auto& part : plan.parts) {
      parts_.push_back(
          engine_.compile(part.model, plan.processors.at(part.processor))->instantiate());
      parts_.back()->bind(buffers(part.inputs), buffers(part.outputs));
    }
    alone.resize(parts_.size());
    for (const size_t input : plan.inputs) fill(plan.buffers[input].type, memory_[input].bytes());
  }
  void run() {
    const double start = now_us();
    double sum = 0;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const double part_start = processor_time_us();
      parts_[i]->run();
      alone[i].add(processor_time_us() - part_start);
      sum += alone[i].microseconds.back();
    }
    all.add(sum);
    wall.add(now_us() - start);
  }
  // Of each part in the last run; empty if not asked for.
  std::vector<std::string> check(const plan::Plan& plan) {
    std::vector<std::string> lines;
    for (const auto& part : plan.parts)
      lines.push_back(
          steps_from_reference(part.model, buffers(part.inputs), buffers(part.outputs)[0]));
    return lines;
  }
  Times all, wall;
  std::vector<Times> alone;

 private:
  std::vector<engines::Buffer> buffers(const std::vector<size_t>& ids) {
    std::vector<engines::Buffer> list;
    for (const size_t id : ids) list.push_back({memory_[id].data(), memory_[id].size()});
    return list;
  }
  engines::OpenVinoEngine engine_;
  std::vector<AlignedBytes> memory_;
  std::vector<std::unique_ptr<engines::PartInstance>> parts_;
};

std::string info(const ov::Node& node, const char* key) {
  const auto& all = node.get_rt_info();
  const auto found = all.find(key);
  return found == all.end() ? "" : found->second.as<std::string>();
}

void print_kernels(const ir::Model& part) {
  namespace vino = engines::openvino;
  const auto lowered = vino::lower(part);
  if (!lowered.model) return;
  auto compiled = vino::core().compile_model(lowered.model, "CPU", ov::inference_num_threads(1),
                                             ov::hint::inference_precision(ov::element::f32),
                                             ov::enable_profiling(true));
  auto request = compiled.create_infer_request();
  for (int i = 0; i < 20; ++i) request.infer();
  for (const auto& node : compiled.get_runtime_model()->get_ordered_ops())
    if (const std::string time = info(*node, "execTimeMcs");
        time != "not_executed" && !time.empty())
      std::printf("    %6s us  %-14s %-24s %-4s %s\n", time.c_str(),
                  info(*node, "layerType").c_str(), info(*node, "primitiveType").c_str(),
                  info(*node, "outputPrecisions").c_str(),
                  info(*node, "originalLayersNames").c_str());
}

// A session's latency with its own workers.
class Parallel {
 public:
  Parallel(const plan::Plan& plan, const plan::Surroundings& here)
      : session_(runtime::compile(plan, here)) {}
  void run() {
    const double start = now_us();
    session_.run();
    all.add(now_us() - start);
  }
  Times all;

 private:
  runtime::Session session_;
};

void measure(const std::string& path, const Options& options) {
  const ir::Model model = int8_model(path, options.im_size);
  const plan::Surroundings here = plan::this_process();
  plan::Machine machine;
  machine.processors = {processor("first", "cpu", options.core),
                        processor("second", "dsp", options.core ? 0 : 1)};
  const plan::Plan plan = plan::make_plan(model, machine, here);
  engines::Processor both = machine.processors[0];
  both.threads = 2, both.cores = {0, 1};

  const plan::Plan whole_plan = plan::make_whole_plan(model, machine.processors[0]);
  Sequence whole(whole_plan), parts(plan);
  Sequence whole_on_both(plan::make_whole_plan(model, both));
  Parallel parallel(plan, here);
  constexpr int kRunsInARow = 5;
  for (int round = 0; round < options.rounds; ++round) {
    {
      const Pinned pinned(machine.processors[0].cores);
      for (int i = 0; i < kRunsInARow; ++i) whole.run();
      for (int i = 0; i < kRunsInARow; ++i) parts.run();
    }
    for (int i = 0; i < kRunsInARow; ++i) parallel.run();
    for (int i = 0; i < kRunsInARow; ++i) whole_on_both.run();
  }
  std::printf(
      "%s at %d: whole %.0f/%.0f us, parts in sequence %.0f/%.0f, split tax %.3f/%.3f; "
      "parts in parallel %.0f/%.0f, whole on two threads %.0f/%.0f\n",
      path.c_str(), options.im_size, whole.all.min(), whole.all.median(), parts.all.min(),
      parts.all.median(), parts.all.min() / whole.all.min(),
      parts.all.median() / whole.all.median(), parallel.all.min(), parallel.all.median(),
      whole_on_both.wall.min(), whole_on_both.wall.median());
  const auto checks = options.check ? parts.check(plan) : std::vector<std::string>{};
  if (options.check) std::printf("  whole: %s\n", whole.check(whole_plan)[0].c_str());
  if (options.kernels) std::printf("  whole\n"), print_kernels(model);
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    std::printf("  %-10s %7.0f/%.0f us\n", plan.parts[i].name.c_str(), parts.alone[i].min(),
                parts.alone[i].median());
    if (options.check) std::printf("    %s\n", checks[i].c_str());
    if (options.kernels) print_kernels(plan.parts[i].model);
  }
}

}  // namespace
}  // namespace nnstretch

int main(int argc, char** argv) {
  nnstretch::Options options;
  CLI::App app("What cutting a network into parts costs on OpenVINO");
  app.add_option("configs", options.configs, "pycls YAML files of two-branch networks")->required();
  app.add_option("--im_size", options.im_size, "pixels");
  app.add_option("--core", options.core, "the core that everything is bound to");
  app.add_option("--rounds", options.rounds, "turns of five runs each");
  app.add_flag("--check", options.check, "compare each part with the reference kernels");
  app.add_flag("--kernels", options.kernels, "profile each part: kernels and their times");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& path : options.configs) nnstretch::measure(path, options);
  } catch (const nnstretch::Error& error) {
    std::fprintf(stderr, "openvino_boundaries: %s\n", error.what());
    return 1;
  }
}
