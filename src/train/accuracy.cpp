#include "train/accuracy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "ir/stored_values.h"
#include "runtime/session.h"

namespace nnstretch::train {
namespace {

std::string describe(const engines::Processor& processor) {
  return fmt::format("{} ({}, {}{})", processor.name, processor.role, processor.engine,
                     processor.stand_in ? ", stand-in" : "");
}

// A network in float is computed so by processors for int8, too.
std::string computed_as(const ir::Graph& graph, const plan::Plan& plan) {
  const bool quantised = ir::is_quantised(graph);
  std::set<std::string_view> words;
  for (const engines::Processor& one : plan.processors)
    words.insert(!quantised && one.precision == engines::Precision::int8
                     ? "f32"
                     : engines::name_of(one.precision));
  return fmt::format("{}", fmt::join(words, ", "));
}

// (N,3,H,W) in row-major order as (N,H,W,3).
Tensor channels_last(const data::Batch& batch) {
  auto* pixels = const_cast<float*>(batch.images.data());  // libtorch has no view of const memory
  const auto count = static_cast<int64_t>(batch.labels.size());
  return torch::from_blob(pixels, {count, 3, batch.height, batch.width})
      .permute({0, 2, 3, 1})
      .contiguous();
}

void check_fits(const data::Batch& batch, const ir::Shape& input, int64_t classes,
                const std::string& where) {
  const char* fix = "give the configuration the model was built from";
  if (input != ir::Shape{1, batch.height, batch.width, 3})
    throw ShapeError({.what = fmt::format("the network reads {}, the pictures are {}x{}",
                                          ir::to_string(input), batch.height, batch.width),
                      .where = where,
                      .fix = fix});
  if (const auto last = *std::ranges::max_element(batch.labels); last >= classes)
    throw ShapeError({.what = fmt::format("the network has {} classes, a picture is of number {}",
                                          classes, last),
                      .where = where,
                      .fix = fix});
}

// Of `images` pictures: how many gave NaN, and which share of their values the input cannot hold.
void warn(const std::string& network, int64_t images, int64_t not_numbers, double lost) {
  if (not_numbers > 0)
    log::warn("{}: {} of {} pictures gave logits that are NaN, which are never right", network,
              not_numbers, images);
  if (lost > 0.01)
    log::warn(
        "{}: {:.1f} % of the pictures' values are beyond what its input holds; is it the "
        "configuration it was trained with?",
        network, 100 * lost);
}

}  // namespace

RunAccuracy score_as_run(const ir::Model& model, const plan::Placing& placing,
                         const plan::Surroundings& here, data::Batches& pictures,
                         const std::function<void(const Score&)>& on_batch) {
  const auto plan = runtime::compile(plan::plan_for(model, placing, here), here);
  runtime::Session session(plan);
  const auto& in = plan->plan().buffers.at(plan->plan().inputs.at(0)).type;
  const auto& out = plan->plan().buffers.at(plan->plan().outputs.at(0)).type;
  RunAccuracy result{.score = {},
                     .computed_as = computed_as(model.graph, plan->plan()),
                     .remarks = {},
                     .processors = {}};
  for (const auto& processor : plan->plan().processors)
    result.processors.push_back(describe(processor));

  std::vector<std::byte> bytes(out.bytes());
  double wrong1 = 0, wrong5 = 0, lost = 0;
  int64_t not_numbers = 0;  // pictures
  pictures.start_epoch(0);
  for (data::Batch batch; pictures.next(batch);) {
    if (batch.labels.empty()) continue;
    check_fits(batch, in.shape, out.shape.back(), model.name);
    const Tensor images = channels_last(batch), labels = torch::tensor(batch.labels);
    Tensor logits = torch::empty({labels.size(0), out.shape.back()});
    for (int64_t i = 0; i < labels.size(0); ++i) {
      const std::span image(images[i].data_ptr<float>(), static_cast<size_t>(images[i].numel()));
      session.run(ir::from_floats(image, in), bytes);
      const auto row = ir::to_floats(bytes, out);
      lost += static_cast<double>(ir::count_beyond(image, ir::reach(in))) /
              static_cast<double>(image.size());
      not_numbers += ir::first_nan(row).has_value();
      logits[i].copy_(torch::tensor(row));
    }
    const Score score = score_of(logits, labels);
    wrong1 += score.top1_err * static_cast<double>(score.images);
    wrong5 += score.top5_err * static_cast<double>(score.images);
    result.score.images += score.images;
    if (on_batch) on_batch(score);
  }
  result.score.skipped = static_cast<int64_t>(pictures.skipped());
  const auto images = static_cast<double>(std::max<int64_t>(1, result.score.images));
  warn(model.name, result.score.images, not_numbers, lost / images);
  result.remarks = measure::remarks_of(*plan);
  result.score.top1_err = wrong1 / images;
  result.score.top5_err = wrong5 / images;
  return result;
}

}  // namespace nnstretch::train
