// nnstretch convert: weights from one file format to the other.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "config/config.h"
#include "ir/numbers.h"
#include "nets/build.h"
#include "report/show.h"
#include "weights/convert.h"
#include "weights/weights.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path from, to;
  std::filesystem::path into;  // configuration of the network that they are for
  weights::Which which = weights::Which::best;
};

const std::map<std::string, weights::Which> kWhich = {
    {"best", weights::Which::best}, {"model", weights::Which::model}, {"ema", weights::Which::ema}};

// They are carried over: the file may be wanted to find out why.
void warn_of_odd_numbers(const ir::WeightStore& store, const std::filesystem::path& from) {
  size_t tensors = 0;
  std::string first;
  for (const auto& [name, tensor] : store)
    if (const auto odd = ir::not_finite(weights::to_f32(tensor)))
      if (tensors++ == 0) first = fmt::format("{} of '{}' is {}", odd->place, name, odd->value);
  if (tensors)
    log::warn("{}: numbers of {} tensors are not finite ({}): no other command takes such weights",
              from.string(), tensors, first);
}

void convert(const Options& options) {
  const auto extension = options.to.extension();
  const bool pyth = extension == ".pyth" || extension == ".pth" || extension == ".pt";
  if (!pyth && extension != ".safetensors")
    throw UsageError(
        {.what = fmt::format("'{}' has an extension that holds no weights", options.to.string()),
         .where = {},
         .fix = "use a name that ends in .safetensors, .pyth, .pth or .pt"});
  weights::Loaded loaded = weights::load(options.from, options.which);
  warn_of_odd_numbers(loaded.weights, options.from);
  if (!options.into.empty()) {
    const auto config = config::load(options.into);
    const ir::Graph graph = nets::build(config, config.train.im_size);
    loaded.weights = weights::select(graph, loaded.weights, options.from.string());
    loaded.config = config::dump(config);
  }
  if (pyth)
    weights::write_pyth(options.to, loaded);
  else
    weights::write_safetensors(options.to, loaded.weights);
  report::show("{}: {} tensors{}\n", options.to.string(), loaded.weights.size(),
               loaded.taken == weights::Which::ema ? " (the moving average)" : "");
}

}  // namespace

void add_convert(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("convert", "Weights from one file format to the other");
  command->add_option("from", options->from, "weights (.safetensors, or what torch.save wrote)")
      ->required();
  add_output(*command, "to", options->to, "file to write (.safetensors, .pyth, .pth, .pt)")
      ->required();
  command->add_option("--which", options->which, "of a pycls checkpoint")
      ->transform(CLI::CheckedTransformer(kWhich));
  command->add_option("--into", options->into,
                      "configuration of the network they are for: checked, and renamed from the "
                      "names of torchvision or timm");
  command->footer(
      "A checkpoint that is written holds the weights, epoch, errors and configuration, and no\n"
      "state of an optimiser: it can be scored and fine-tuned, not resumed.\n\n"
      "Example:\n  nnstretch convert R-34-CD.pyth R-34-CD.safetensors\n"
      "  nnstretch convert --which ema model_epoch_0100.pyth average.safetensors");
  command->callback([options] { convert(*options); });
}

}  // namespace nnstretch::cli
