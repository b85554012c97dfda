#include "train/trainer.h"

#include <algorithm>

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
#include "weights/weights.h"

namespace nnstretch::train {
namespace {

using Feeds = std::vector<std::unique_ptr<data::Batches>>;

class Training {
 public:
  explicit Training(const TrainJob& job)
      : job_(job),
        config_(job.config),
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
        train_meter_(config_, log_, training_[0]->count()),
        test_meter_("test", config_, log_, batches_of(testing_)),
        average_meter_("test_ema", config_, log_, batches_of(testing_)),
        smallest_meter_("test_min", config_, log_, batches_of(testing_)) {}

  Errors run() {
    if (is_first_) begin();
    Errors errors;
    const int first = start();
    if (job_.ranks)
      check_start(*job_.ranks, first, {&learner_.model(), &learner_.average()}, config_.out_dir);
    if (is_first_) keep_config(first);
    if (first == 0 && config_.prec_time.num_iter > 0) rehearse();
    for (int epoch = first; epoch < config_.optim.max_epoch; ++epoch) {
      log_.line(fmt::format("Start epoch: {}", epoch + 1));
      train_epoch(epoch);
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
    if (use == Use::training && feeds[0]->count() == 0)
      throw ConfigError({.what = "the data set has fewer pictures than a batch",
                         .where = config_.where("TRAIN.BATCH_SIZE")});
    return feeds;
  }

  // A test takes one feed after another, where a step of training takes a batch of each.
  static size_t batches_of(const Feeds& feeds) {
    size_t count = 0;
    for (const auto& feed : feeds) count += feed->count();
    return count;
  }

  void begin() const {
    log_.stats(config_);
    log_.line(fmt::format("Device: {}, threads: {}", device().str(), torch::get_num_threads()));
    const auto cost = cost::count(config_, config_.train.im_size).pycls;
    log_.stats("complexity", {{"acts", cost.acts}, {"flops", cost.flops}, {"params", cost.params}});
  }

  // The epoch to begin with.
  int start() {
    const auto newest = config_.train.auto_resume ? folder_.newest() : std::nullopt;
    if (newest) {
      const weights::TorchValue checkpoint = weights::read_torch(*newest);
      const int done = restore(learner_, checkpoint, newest->string());
      check_pictures(checkpoint, newest->string());
      log_.line("Loaded checkpoint from: " + newest->string());
      return done + 1;
    }
    if (!config_.train.weights.empty()) {
      start_from(learner_, graph_, config_.train.weights);
      log_.line("Loaded initial weights from: " + config_.train.weights);
    }
    return 0;
  }

  void check_pictures(const weights::TorchValue& checkpoint, const std::string& where) const {
    const weights::TorchValue* found = checkpoint.find("cfg");
    const auto* text = found ? found->get_if<std::string>() : nullptr;
    if (!text || text->empty()) return;  // it does not say
    check_same_pictures(config::parse(*text, where + " (cfg)"), config_,
                        {.what = "the checkpoint was trained on other pictures",
                         .where = where,
                         .fix = "give DATA_LOADER.MODE, DATA_LOADER.COLOUR (`colour`) and the data "
                                "set as at first, or another OUT_DIR"});
  }

  // Not before it is known that this training and what is in OUT_DIR belong together.
  void keep_config(int first) const {
    if (folder_.has_best(learner_.model()) && first == 0)
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

  void train_epoch(int epoch) {
    for (const auto& feed : training_) feed->start_epoch(epoch);
    train_meter_.begin_epoch(epoch);
    const double rate = learning_rate(config_, epoch);
    std::vector<data::Batch> batches(training_.size());
    const size_t steps = training_[0]->count();
    for (size_t step = 0; step < steps; ++step) {
      for (size_t i = 0; i < batches.size(); ++i)
        if (!training_[i]->next(batches[i])) batches[i] = {};
      const StepScore score = learner_.step(batches, epoch, static_cast<int>(step));
      train_meter_.step(score, rate);
    }
    train_meter_.end_epoch(skipped(training_));
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

  void save(int epoch, Errors errors) const {
    const auto checkpoint = to_checkpoint(learner_, config_, epoch, errors);
    log_.line("Wrote checkpoint to: " + folder_.save(checkpoint, epoch, errors).string());
  }

  const TrainJob& job_;
  const config::Config& config_;
  ir::Graph graph_;
  std::shared_ptr<const Sandwich> sandwich_;  // of an elastic network
  Learner learner_;
  bool is_first_;
  Log log_;
  CheckpointFolder folder_;
  Feeds training_, testing_;
  TrainMeter train_meter_;
  TestMeter test_meter_, average_meter_, smallest_meter_;
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
      loaded.config.empty() ? config : config::parse(loaded.config, path + " (cfg)");
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
