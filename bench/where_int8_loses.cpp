// In which stages the int8 version of a network loses, and why: docs/quantisation.md has what it
// printed for EN-B5-CD.
//     where_int8_loses CONFIG IMAGES [equalise]
// First every meeting point: its signal, the part of it that differs between images, and the noise
// of int8. Then fidelity with one stage, with all stages up to one, and with all kept float.
#include <fmt/format.h>

#include <cmath>

#include "base/threads.h"
#include "ir/stored_values.h"
#include "pipeline/network.h"
#include "quantize/equalise.h"

namespace nnstretch {
namespace {

using Rows = std::vector<std::vector<float>>;

double decibel(double signal, double noise) { return 10 * std::log10(signal / noise); }

// Values of the meeting points and the logits, one row an image, every 16th number of large ones.
std::map<ir::NodeId, Rows> meeting_points(const ir::Model& model, quantize::Images images,
                                          const quantize::Runtime& runtime,
                                          const ir::Graph& names) {
  std::map<ir::NodeId, Rows> values;
  quantize::observe(model, images, runtime, [&](size_t, const ir::Node& node, auto bytes) {
    const bool meets = node.at.branch == ir::Place::kMeeting && ir::name_of(node.op) == "concat";
    if (!meets && node.name != names.node(names.outputs()[0]).name) return;
    const auto all = ir::to_floats(bytes, node.type);
    std::vector<float> some;
    for (size_t i = 0; i<all.size(); i += all.size()> 100000 ? 16 : 1) some.push_back(all[i]);
    values[names.find(node.name)].push_back(std::move(some));
  });
  return values;
}

void print_points(const ir::Graph& graph, const std::map<ir::NodeId, Rows>& truth,
                  const std::map<ir::NodeId, Rows>& got) {
  fmt::print(
      "| value | signal / noise dB | what differs between images / noise dB |\n|---|---|---|\n");
  for (const auto& [id, rows] : truth) {
    const Rows& other = got.at(id);
    const double n = static_cast<double>(rows.size());
    double signal = 0, differs = 0, noise = 0;
    for (size_t i = 0; i < rows[0].size(); ++i) {
      double mean = 0, error = 0;
      for (size_t r = 0; r < rows.size(); ++r)
        mean += rows[r][i] / n, error += (other[r][i] - rows[r][i]) / n;
      for (size_t r = 0; r < rows.size(); ++r) {
        const double x = rows[r][i], e = double{other[r][i]} - x - error;
        signal += x * x, differs += (x - mean) * (x - mean), noise += e * e;
      }
    }
    fmt::print("| {} | {:.1f} | {:.1f} |\n", graph.node(id).name, decibel(signal, noise),
               decibel(differs, noise));
  }
}

class Stages {
 public:
  Stages(const char* file, size_t images, bool equalise) {
    const ir::Model model = pipeline::float_model(config::load(file, {}), {});
    const auto calibration = pipeline::photographs(model.preprocess, {});
    prepared_ = quantize::prepare(model);
    if (equalise) prepared_ = quantize::equalise(prepared_, calibration, real_);
    const auto extremes = quantize::calibrate(prepared_, calibration, real_);
    ranges_ = quantize::choose(quantize::Observer::mse,
                               quantize::histograms(prepared_, calibration, real_, extremes));
    images_ = pipeline::held_out(model.preprocess, {}, 16, images);
    truth_ = quantize::logits(prepared_, images_, real_);
  }

  void run() {
    const auto int8 = quantize::to_int8(prepared_, ranges_);
    const auto some = std::span(images_).first(std::min<size_t>(8, images_.size()));
    print_points(prepared_.graph, meeting_points(prepared_, some, real_, prepared_.graph),
                 meeting_points(int8, some, int8_, prepared_.graph));
    fmt::print(
        "\n| network | centred correlation, median (worst) | signal / noise dB |\n|---|---|---|\n");
    show("int8", int8, int8_);
    show("rounded weights and input, float arithmetic", int8, real_);
    const int last = prepared_.graph.node(prepared_.graph.outputs()[0]).at.stage;
    show("all stages float, int8 between them", with_float(0, last), int8_);
    for (int stage = 0; stage <= last; ++stage)
      show(fmt::format("stage {} float", stage), with_float(stage, stage), int8_);
    show("second half float", with_float(last / 2 + 1, last), int8_);
    show("first half float", with_float(0, last / 2), int8_);
  }

 private:
  ir::Model with_float(int from, int to) const {
    quantize::Int8Options options;
    for (const ir::Node& node : prepared_.graph.nodes())
      if (quantize::may_stay_float(node.op) && node.at.stage >= from && node.at.stage <= to)
        options.float_nodes.insert(node.name);
    return quantize::to_int8(prepared_, ranges_, options);
  }

  void show(const std::string& what, const ir::Model& made, const quantize::Runtime& runtime) {
    const auto f = quantize::compare(truth_, quantize::logits(made, images_, runtime));
    fmt::print("| {} | {:.3f} ({:.3f}) | {:.2f} |\n", what, f.median, f.worst, f.snr_db);
    std::fflush(stdout);
  }

  const plan::Surroundings here_ = plan::this_process();
  const quantize::Runtime real_ = pipeline::float_runtime(here_);
  const quantize::Runtime int8_ = pipeline::int8_runtime(here_);
  ir::Model prepared_;
  quantize::Ranges ranges_;
  Rows images_, truth_;
};

}  // namespace
}  // namespace nnstretch

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 4) {
    fmt::print(stderr, "usage: where_int8_loses CONFIG IMAGES [equalise]\n");
    return 2;
  }
  nnstretch::Stages(argv[1], std::stoul(argv[2]), argc == 4).run();
} catch (const std::exception& error) {
  fmt::print(stderr, "where_int8_loses: {}\n", error.what());
  return 1;
}
