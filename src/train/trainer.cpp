#include "train/trainer.h"

#include <signal.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "cost/cost.h"
#include "nets/build.h"
#include "train/device.h"
#include "train/initialise.h"
#include "train/meters.h"
#include "train/ranks/start_together.h"
#include "train/same_pictures.h"
#include "train/schedule.h"
#include "train/step_times.h"
#include "train/stop.h"
#include "weights/weights.h"

namespace nnstretch::train {
namespace {

using Feeds = std::vector<std::unique_ptr<data::Batches>>;

class Training {
 public:
  explicit Training(const TrainJob& job)
      : job_(job),
        config_(job.config),
        kept_(job.config),
        graph_(nets::build(config_, config_.train.im_size)),
        sandwich_(nets::Elastic::is(config_) ? std::make_shared<Sandwich>(config_) : nullptr),
        learner_(config_, graph_, initial_weights(graph_, config_),
                 {.layout = job.layout,
                  .ranks = job.ranks,
                  .teacher = job.teacher,
                  .sandwich = sandwich_}),
        is_first_(!job.ranks || job.ranks->rank() == 0),
        log_(open_log()),
        folder_(config_.out_dir),
        training_(feeds(Use::training)),
        testing_(feeds(Use::testing)),
        train_meter_(config_, log_, steps()),
        test_meter_("test", config_, log_, batches_of(testing_)),
        average_meter_("test_ema", config_, log_, batches_of(testing_)),
        smallest_meter_("test_min", config_, log_, batches_of(testing_)) {}

  Errors run() {
    if (is_first_) begin();
    Errors errors;
    const Place first = start();
    if (job_.ranks)
      check_start(*job_.ranks, first.epoch, {&learner_.model(), &learner_.average()},
                  config_.out_dir);
    if (is_first_) keep_config(first);
    if (first.epoch == 0 && first.step == 0 && config_.prec_time.num_iter > 0) rehearse();
    for (int epoch = first.epoch; epoch < config_.optim.max_epoch; ++epoch) {
      if (wishes().stop) stop();
      log_.line(fmt::format("Start epoch: {}", epoch + 1));
      train_epoch(epoch, epoch == first.epoch ? first.step : 0);
      if (config_.bn.use_precise_stats)
        for (const State* state : {&learner_.model(), &learner_.average()})
          precise_statistics(learner_.network(), *state, epoch);
      errors.model = test(learner_.network(), learner_.model(), test_meter_, epoch);
      errors.average = test(learner_.network(), learner_.average(), average_meter_, epoch);
      if (sandwich_) test_smallest(epoch);
      if (is_first_) save(epoch, errors);
    }
    return errors;
  }

 private:
  int world() const { return job_.ranks ? job_.ranks->world() : 1; }

  Log open_log() const {
    if (!is_first_) return {};
    if (config_.log_dest == "stdout") return Log::to_stdout();
    std::filesystem::create_directories(config_.out_dir);
    return Log::to_file(std::filesystem::path(config_.out_dir) / "stdout.log");
  }

  Feeds feeds(Use use) const {
    const int here = job_.virtual_ranks, all = here * world();
    const int first = (job_.ranks ? job_.ranks->rank() : 0) * here;
    Feeds feeds;
    for (int feed = 0; feed < here; ++feed) feeds.push_back(job_.batches(use, first + feed, all));
    if (use == Use::training && feeds[0]->count() < parts())
      throw ConfigError({.what = "the data set has fewer pictures than a batch",
                         .where = config_.where("TRAIN.BATCH_SIZE"),
                         .fix = "a step takes TRAIN.BATCH_SIZE x TRAIN.ACCUM_STEPS pictures"});
    return feeds;
  }

  size_t parts() const { return static_cast<size_t>(config_.train.accum_steps); }
  // Of an epoch; batches that make no whole step are left out.
  size_t steps() const { return training_[0]->count() / parts(); }

  // A test takes one feed after another, where a step of training takes a batch of each.
  static size_t batches_of(const Feeds& feeds) {
    size_t count = 0;
    for (const auto& feed : feeds) count += feed->count();
    return count;
  }

  void begin() const {
    log_.stats(config_);
    log_.line(fmt::format("Device: {}, threads: {}", device().str(), torch::get_num_threads()));
    log_.line("Pictures: " + said_of_pictures(config_));
    const auto cost = cost::count(config_, config_.train.im_size).pycls;
    log_.stats("complexity", {{"acts", cost.acts}, {"flops", cost.flops}, {"params", cost.params}});
  }

  // What is done of a training: epochs, and steps of the next one.
  struct Place {
    int epoch = 0;
    size_t step = 0;
  };

  // Where to begin.
  Place start() {
    const auto newest = config_.train.auto_resume ? folder_.newest() : std::nullopt;
    if (newest) {
      const weights::TorchValue checkpoint = weights::read_torch(*newest);
      const int done = restore(learner_, checkpoint, newest->string());
      check_pictures(checkpoint, newest->string());
      log_.line("Loaded checkpoint from: " + newest->string());
      const int steps = steps_within(checkpoint, newest->string());
      return {.epoch = steps > 0 ? done : done + 1, .step = static_cast<size_t>(steps)};
    }
    const std::string& weights = config_.train.weights;
    if (weights.empty()) return {};
    const std::string head = start_from(learner_, graph_, weights, config_.train.new_head);
    log_.line("Loaded initial weights from: " + weights);
    if (config_.train.new_head)
      log_.line(fmt::format("New head: head.fc for {} classes (in the file: {})",
                            config_.model.num_classes, head));
    return {};
  }

  void check_pictures(const weights::TorchValue& checkpoint, const std::string& where) {
    const weights::TorchValue* found = checkpoint.find("cfg");
    const auto* text = found ? found->get_if<std::string>() : nullptr;
    if (!text || text->empty()) return;  // it does not say
    const config::Config before = config::parse_kept(*text, where + " (cfg)");
    kept_.others = before.others;
    check_same_pictures(before, config_,
                        {.what = "the checkpoint was trained on other pictures",
                         .where = where,
                         .fix = "give DATA_LOADER.MODE, DATA_LOADER.COLOUR (`colour`) and the data "
                                "set as at first, or another OUT_DIR"});
  }

  // Not before it is known that this training and what is in OUT_DIR belong together.
  void keep_config(Place first) const {
    if (folder_.has_best(learner_.model()) && first.epoch == 0 && first.step == 0)
      log::warn("{}: the model.pyth of a training before this one stays until this one is better",
                config_.out_dir);
    write_atomic(std::filesystem::path(config_.out_dir) / config_.cfg_dest, config::dump(config_));
  }

  // On every rank: they begin together.
  void rehearse() const {
    log_.line("Computing model and loader timings...");
    const StepTimes times = time_steps(learner_.network(), learner_.model(), job_.layout, config_,
                                       training_, job_.virtual_ranks * world(), is_first_);
    log_.stats("iter_times", fields_of(times, 1, 1));
    log_.stats("epoch_times", fields_of(times, training_[0]->count(), testing_[0]->count()));
  }

  // From its step `first` on.
  void train_epoch(int epoch, size_t first) {
    for (const auto& feed : training_) feed->start_epoch(epoch, first * parts());
    train_meter_.begin_epoch(epoch);
    const double rate = learning_rate(config_, epoch);
    std::vector<data::Batch> batches(parts() * training_.size());
    for (size_t step = first; step < steps(); ++step) {
      for (size_t i = 0; i < batches.size(); ++i)
        if (!training_[i % training_.size()]->next(batches[i])) batches[i] = {};
      const StepScore score = learner_.step(batches, epoch, static_cast<int>(step), parts());
      train_meter_.step(score, rate);
      if (step + 1 < steps()) attend(epoch, step + 1);
    }
    train_meter_.end_epoch(skipped(training_));
  }

  // What this process, or another rank, wants after a step.
  struct Wishes {
    bool stop = false, save = false;
  };
  Wishes wishes(size_t steps_done = 0) const {
    const auto& train = config_.train;
    const std::chrono::duration<double> since = Clock::now() - saved_;
    Wishes own{.stop = stop_signal() != 0};
    own.save = is_first_ && ((train.save_minutes > 0 && since.count() > 60 * train.save_minutes) ||
                             (train.save_steps > 0 && steps_done > 0 &&
                              steps_done % static_cast<size_t>(train.save_steps) == 0));
    if (!job_.ranks) return own;
    Tensor all = torch::tensor({own.stop ? 1.0f : 0.0f, own.save ? 1.0f : 0.0f});
    job_.ranks->sum(all);
    return {.stop = all[0].item<float>() > 0, .save = all[1].item<float>() > 0};
  }

  // Within an epoch, of which these steps are done.
  void attend(int epoch, size_t steps_done) {
    const Wishes now = wishes(steps_done);
    if (!now.stop && !now.save) return;
    saved_ = Clock::now();
    if (is_first_) {
      const auto checkpoint =
          to_checkpoint_within(learner_, kept_, epoch, static_cast<int>(steps_done));
      log_.line("Wrote checkpoint to: " + folder_.save_within(checkpoint, epoch).string());
    }
    if (now.stop) stop();
  }

  [[noreturn]] void stop() const {
    log_.line("Stopped by a signal; the same command goes on from here");
    const int own = stop_signal();
    throw Stopped{own != 0 ? own : SIGTERM};
  }

  // Damaged pictures of this epoch, over all ranks, each of which must ask.
  int64_t skipped(const Feeds& feeds) const {
    Tensor count = torch::zeros({1}, torch::kLong);
    for (const auto& feed : feeds) count += static_cast<int64_t>(feed->skipped());
    if (job_.ranks) job_.ranks->sum(count);
    return count.item<int64_t>();
  }

  // Of every feed, so that all feeds together see NUM_SAMPLES_PRECISE pictures at most.
  size_t precise_batches() const {
    return static_cast<size_t>(std::max(0, config_.bn.num_samples_precise)) /
           static_cast<size_t>(config_.train.batch_size);
  }

  void precise_statistics(const Interpreter& network, const State& state, int epoch) {
    learner_.precise_statistics(network, state, training_, epoch, precise_batches());
  }

  double test(const Interpreter& network, const State& state, TestMeter& meter, int epoch) {
    meter.begin_epoch(epoch);
    const Score score =
        learner_.test(network, state, testing_, [&](const Score& batch) { meter.step(batch); });
    meter.end_epoch(score);
    return score.top1_err;
  }

  // Told only: which epoch is the best is decided by the largest network.
  void test_smallest(int epoch) {
    const torch::NoGradGuard no_grad;
    const Subnet smallest = sandwich_->cut(sandwich_->elastic().smallest());
    const State state = smallest.view(learner_.model());
    precise_statistics(smallest.network(), state, epoch);
    test(smallest.network(), state, smallest_meter_, epoch);
  }

  void save(int epoch, Errors errors) {
    saved_ = Clock::now();
    const auto checkpoint = to_checkpoint(learner_, kept_, epoch, errors);
    log_.line("Wrote checkpoint to: " + folder_.save(checkpoint, epoch, errors).string());
  }

  using Clock = std::chrono::steady_clock;

  const TrainJob& job_;
  const config::Config& config_;
  config::Config kept_;  // config_ with what other programs wrote into the checkpoint
  ir::Graph graph_;
  std::shared_ptr<const Sandwich> sandwich_;  // of an elastic network
  Learner learner_;
  bool is_first_;
  Log log_;
  CheckpointFolder folder_;
  Feeds training_, testing_;
  TrainMeter train_meter_;
  TestMeter test_meter_, average_meter_, smallest_meter_;
  Clock::time_point saved_ = Clock::now();  // the last checkpoint
};

}  // namespace

std::shared_ptr<const Teacher> teacher_of(const config::Config& config, const Distillation& how) {
  if (!config.train.distill) return {};
  const std::string& path = config.train.teacher;
  if (path.empty())
    throw ConfigError({.what = "TRAIN.DISTILL needs a teacher",
                       .where = config.where("TRAIN.DISTILL"),
                       .fix = "give its checkpoint as TRAIN.TEACHER"});
  const weights::Loaded loaded = weights::load(path);
  const config::Config own =
      loaded.config.empty() ? config : config::parse_kept(loaded.config, path + " (cfg)");
  if (own.model.num_classes != config.model.num_classes)
    throw ConfigError({.what = fmt::format("the teacher knows {} classes, the network {}",
                                           own.model.num_classes, config.model.num_classes),
                       .where = path});
  check_same_pictures(own, config,
                      {.what = "the teacher was trained on other pictures than the network will be",
                       .where = path,
                       .fix = "give DATA_LOADER.MODE and DATA_LOADER.COLOUR (`colour`) as the "
                              "teacher had them"});
  const ir::Graph graph = nets::build(own, config.train.im_size);
  const auto weights = weights::select(graph, loaded.weights, path);
  return std::make_shared<Teacher>(
      Teacher{Interpreter(graph), make_state(graph, weights).clone(), how});
}

Errors train(const TrainJob& job) { return Training(job).run(); }

}  // namespace nnstretch::train
