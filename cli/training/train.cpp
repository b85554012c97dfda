// nnstretch train and nnstretch supernet train: the network of a configuration, ordinary or
// elastic, on one or several ranks.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/scratch_folder.h"
#include "base/threads.h"
#include "cli/options.h"
#include "cli/training/commands.h"
#include "train/calibration.h"
#include "train/check.h"
#include "train/device.h"
#include "train/free_cores.h"
#include "train/ranks/launch.h"
#include "train/stop.h"
#include "train/trainer.h"

namespace nnstretch::cli {
namespace {

using namespace std::string_literals;

struct Options {
  std::filesystem::path cfg, data;
  std::vector<std::string> overrides;
  bool supernet = false;
  std::string layout = "channels_last";
  int ranks = 1, virtual_ranks = 1, num_threads = 0;
  int rank = -1;  // of a process that launch_ranks() started
  std::filesystem::path meeting;
  int rank_timeout = 600;
  train::Distillation distillation;
};

// The ranks of this computer share out its cores, unless it is said how many threads each has; one
// that is alone takes those that nobody else uses.
int threads_of(const Options& options, int ranks_here) {
  if (options.num_threads > 0) return options.num_threads;
  const std::vector<int> cores = allowed_cores();
  const auto all = static_cast<int>(cores.size());
  if (ranks_here > 1) return std::max(1, all / ranks_here);
  const int free = train::count_free_cores(cores);
  if (free < all)
    log::info("{} of {} cores are free of others' work: as many threads (`num_threads`)", free,
              all);
  return free;
}

// Nothing if this process trains alone.
std::optional<train::Meeting> meeting_of(const Options& options) {
  std::optional<train::Meeting> meeting;
  if (options.rank < 0)
    meeting = train::meeting_of_environment();
  else
    meeting = train::Meeting{.rank = options.rank,
                             .world = options.ranks,
                             .local_rank = options.rank,
                             .local_world = options.ranks,
                             .file = options.meeting,
                             .host = ""};
  if (meeting) meeting->timeout = std::chrono::seconds(options.rank_timeout);
  return meeting;
}

// Elastic networks are trained by the command that says so, and by no other.
void check_kind(const config::Config& config, bool supernet) {
  if (supernet) nets::Elastic elastic(config);  // complains itself
  if (!supernet && nets::Elastic::is(config))
    throw UsageError({.what = "this network is elastic",
                      .where = config.file,
                      .fix = "use `nnstretch supernet train`; of one network inside it "
                             "`supernet extract` gives the configuration"});
}

// OUT_DIR is /tmp unless it is given, as in the original: whoever knows the names of our files may
// have put others there.
void warn_of_others(const std::filesystem::path& out_dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status there = fs::status(out_dir, error);
  if (fs::is_directory(there) && (there.permissions() & fs::perms::others_write) != fs::perms::none)
    log::warn("others may write in {}: give OUT_DIR a folder of your own", out_dir.string());
}

// NUM_GPUS of pycls' configurations is the computer they were written for: it starts nothing here.
void tell_of_gpus(const config::Config& config, const Options& options) {
  if (config.num_gpus > 1 && options.virtual_ranks == 1)
    log::info(
        "{}: NUM_GPUS {} starts no ranks: one process trains with whole batches of {}; "
        "`ranks` {} would start as many, each with its part",
        config.where("NUM_GPUS"), config.num_gpus, config.train.batch_size, config.num_gpus);
}

void train_here(const Options& options) {
  const auto meeting = meeting_of(options);
  torch::set_num_threads(threads_of(options, meeting ? meeting->local_world : 1));
  train::choose_gpu(meeting ? meeting->local_rank : 0);
  train::TrainJob job;
  job.config = config::load(options.cfg, options.overrides);
  check_kind(job.config, options.supernet);
  train::check_training(job.config);
  if (!options.data.empty())  // what is built from OUT_DIR/config.yaml is calibrated on it
    job.config.data_path = std::filesystem::absolute(options.data).lexically_normal().string();
  if (options.rank <= 0 && !meeting) tell_of_gpus(job.config, options);
  if (options.rank <= 0) warn_of_others(job.config.out_dir);
  if (job.config.train.mixed_precision && options.rank <= 0 && !train::has_bfloat16())
    log::warn("{}: TRAIN.MIXED_PRECISION needs bfloat16 (a GPU, AVX512_BF16): float32 it is",
              options.cfg.string());
  job.layout = options.layout == "nchw" ? train::Layout::nchw : train::Layout::channels_last;
  job.virtual_ranks = options.virtual_ranks;
  job.teacher = train::teacher_of(job.config, options.distillation);
  const train::Pictures training(job.config, train::Use::training, options.data);
  const train::Pictures testing(job.config, train::Use::testing, options.data);
  job.batches = [&](train::Use use, int lane, int lanes) {
    return (use == train::Use::training ? training : testing).batches(lane, lanes);
  };
  if (meeting) job.ranks = train::meet(*meeting);
  train::train(job);
  if (options.rank <= 0 && (!job.ranks || job.ranks->rank() == 0))
    train::write_calibration(training.dataset(), job.config);
}

// `work`, and the exit code of a shell after a signal if it was stopped by one.
void until_stopped(const std::function<void()>& work) {
  train::catch_stop_signals();
  try {
    work();
  } catch (const train::Stopped& stopped) {
    constexpr int kSignalled = 128;
    throw CLI::RuntimeError(kSignalled + stopped.signal);
  }
}

// Each rank is this command again, told who it is.
void launch(const Options& options, const std::vector<std::string>& words) {
  if (std::getenv("WORLD_SIZE"))
    throw UsageError({.what = "--ranks starts ranks, but $WORLD_SIZE says that this is one already",
                      .fix = "under torchrun leave --ranks out; else unset WORLD_SIZE"});
  const ScratchFolder folder;
  train::launch_ranks(options.ranks, [&](int rank) {
    std::vector<std::string> arguments = {words.begin() + 1, words.end()};
    for (const auto& word :
         {"--rank"s, std::to_string(rank), "--meeting"s, (folder / "meeting").string()})
      arguments.push_back(word);
    return arguments;
  });
}

void add_distillation(CLI::App& command, train::Distillation& how) {
  command
      .add_option("--temperature", how.temperature, "of the teacher's answers, with TRAIN.DISTILL")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--teacher_weight", how.weight, "of the teacher; labels have the rest")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
}

// --new_head --freeze PARTS, in place of TRAIN.NEW_HEAD and TRAIN.FREEZE
void add_fine_tuning(CLI::App& command, std::vector<std::string>& overrides) {
  command.add_flag_callback(
      "--new_head",
      [&overrides] {
        overrides.insert(overrides.end(), {"TRAIN.NEW_HEAD", "True"});
      },
      "of TRAIN.WEIGHTS take all but the classifier, which begins anew");
  command.add_option_function<std::string>(
      "--freeze",
      [&overrides](const std::string& parts) {
        overrides.insert(
            overrides.end(),
            {"TRAIN.FREEZE",
             fmt::format("['{}']", fmt::join(CLI::detail::split(parts, ','), "', '"))});
      },
      "parts that stay as they are, as in stem,s1");
}

void add_ranks(CLI::App& command, Options& options) {
  command.add_option("--ranks", options.ranks, "processes here; each has its part of a batch")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--virtual_ranks", options.virtual_ranks,
                  "parts of a batch one after another, the same bits as so many ranks")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command.add_option("--rank_timeout", options.rank_timeout, "seconds to wait for other ranks")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  command.add_option("--rank", options.rank)->group("");
  command.add_option("--meeting", options.meeting)->group("");
}

}  // namespace

void add_train(CLI::App& app, const std::vector<std::string>& words, bool supernet) {
  auto options = std::make_shared<Options>();
  options->supernet = supernet;
  CLI::App* command =
      app.add_subcommand("train", supernet ? "Train an elastic network and those inside it"
                                           : "Train the network of a configuration");
  command->add_option("--cfg", options->cfg, "configuration")->required();
  add_overrides(*command, options->overrides);
  command->add_option("--data", options->data, "data set (default: DATA_PATH)");
  command->add_option("--num_threads", options->num_threads,
                      "of each rank (default: the cores shared out)");
  command->add_option("--layout", options->layout, "nchw or channels_last")
      ->capture_default_str()
      ->check(CLI::IsMember({"nchw", "channels_last"}));
  add_colour(*command, options->overrides);
  add_fine_tuning(*command, options->overrides);
  add_ranks(*command, *options);
  add_distillation(*command, options->distillation);
  command->footer(
      (supernet
           ? "Example:\n  nnstretch supernet train --cfg configs/elastic/GLYPHS-2B.yaml --data DIR "
             "OUT_DIR out\n"s
           : "Example:\n  nnstretch train --cfg configs/tiny/TINY-RX-CD.yaml --data DIR OUT_DIR "
             "out\n"s) +
      "Ranks on several computers are started by torchrun --no_python, or with RANK, WORLD_SIZE, "
      "MASTER_ADDR and MASTER_PORT set as it sets them.");
  command->callback([options, words] {
    until_stopped([&] {
      options->ranks > 1 && options->rank < 0 ? launch(*options, words) : train_here(*options);
    });
  });
}

}  // namespace nnstretch::cli
