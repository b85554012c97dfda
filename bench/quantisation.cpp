// One row of the table in docs/quantisation.md: what each way to quantise a network keeps of it.
//     quantisation CONFIG IMAGES
// Prints "| name | score | ... |" and, on stderr, what it is doing. Ranges come from the 16
// calibration photographs; 16 held-out windows decide what is kept, IMAGES others are scored.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/threads.h"
#include "pipeline/network.h"
#include "quantize/equalise.h"

namespace nnstretch {
namespace {

using quantize::Observer;
using Rows = std::vector<std::vector<float>>;
constexpr size_t kDeciding = 16;

// A float network with all that was seen of it on the calibration images.
struct Seen {
  Seen(ir::Model model, quantize::Images images, const quantize::Runtime& real)
      : prepared(std::move(model)), taps(prepared.graph) {
    extremes = quantize::calibrate(prepared, images, real,
                                   [&](size_t, const auto& node, auto v) { taps.see(node, v); });
    histograms = quantize::histograms(prepared, images, real, extremes);
  }
  ir::Model int8(Observer observer, bool bias) const {
    return quantize::to_int8(
        prepared, observer == Observer::minmax ? extremes : quantize::choose(observer, histograms),
        {.bias_correction = bias ? &taps : nullptr});
  }

  ir::Model prepared;
  quantize::TapMeans taps;
  quantize::Ranges extremes;
  quantize::Histograms histograms;
};

struct Score {
  double deciding, median, worst;
};

class Table {
 public:
  Table(const char* file, size_t scored)
      : model_(pipeline::float_model(config::load(file, {}), {})),
        images_(pipeline::held_out(model_.preprocess, {}, 0, kDeciding + scored)),
        calibration_(pipeline::photographs(model_.preprocess, {})),
        plain_(quantize::prepare(model_), calibration_, real_),
        truth_(quantize::logits(plain_.prepared, images_, real_)) {}

  std::string row() {
    std::string text = fmt::format("| {} |", model_.name);
    Observer best = Observer::minmax;
    double highest = -1;
    const auto show = [&](const Score& score) {
      text += fmt::format(" {:.4f} ({:.3f}) |", score.median, score.worst);
      return score;
    };
    for (const Observer observer :
         {Observer::minmax, Observer::percentile, Observer::mse, Observer::entropy}) {
      const Score score = show(score_of(plain_.int8(observer, false)));
      if (score.deciding > highest) highest = score.deciding, best = observer;
    }
    show(score_of(plain_.int8(best, true)));
    if (quantize::equalisable(plain_.prepared.graph).empty())
      return text + fmt::format(" - | - | {} |", name_of(best));
    const Seen equal(quantize::equalise(plain_.prepared, calibration_, real_), calibration_, real_);
    show(score_of(equal.int8(best, false)));
    show(score_of(equal.int8(best, true)));
    return text + fmt::format(" {} |", name_of(best));
  }

 private:
  Score score_of(const ir::Model& made) const {
    const Rows got = quantize::logits(made, images_, int8_);
    const auto f = [&](size_t begin, size_t end) {
      return quantize::compare(std::span(truth_).subspan(begin, end - begin),
                               std::span(got).subspan(begin, end - begin));
    };
    const auto scored = f(kDeciding, got.size());
    const Score score{f(0, kDeciding).median, scored.median, scored.worst};
    fmt::print(stderr, "{}: deciding {:.4f}, scored {:.4f}\n", model_.name, score.deciding,
               score.median);
    return score;
  }

  const plan::Surroundings here_ = plan::this_process();
  const quantize::Runtime real_ = pipeline::float_runtime(here_);
  const quantize::Runtime int8_ = pipeline::int8_runtime(here_);
  ir::Model model_;
  Rows images_, calibration_;
  Seen plain_;
  Rows truth_;
};

}  // namespace
}  // namespace nnstretch

int main(int argc, char** argv) try {
  if (argc != 3) {
    fmt::print(stderr, "usage: quantisation CONFIG IMAGES\n");
    return 2;
  }
  fmt::print("{}\n", nnstretch::Table(argv[1], std::stoul(argv[2])).row());
} catch (const std::exception& error) {
  fmt::print(stderr, "quantisation: {}\n", error.what());
  return 1;
}
