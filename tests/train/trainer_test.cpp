// Where a training begins, and what it refuses to begin with.
#include "train/trainer.h"

#include <gmock/gmock.h>

#include <climits>
#include <future>

#include "base/error.h"
#include "base/files.h"
#include "train/check.h"
#include "train/tiny.h"
#include "train/train_error.h"

namespace nnstretch::train {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

// Of one epoch.
TrainJob tiny_job(const fs::path& out, const std::vector<std::string>& keys = {}) {
  torch::set_num_threads(1);
  TrainJob job{.config = testing::tiny_config("TINY-RX-CD"), .ranks = {}, .batches = {}};
  config::merge(job.config, {"OUT_DIR", out.string(), "LOG_DEST", "file", "OPTIM.MAX_EPOCH", "1",
                             "BN.USE_PRECISE_STATS", "False", "PREC_TIME.NUM_ITER", "0"});
  config::merge(job.config, keys);
  const int size = job.config.train.im_size;
  job.batches = [size](Use, int, int) {
    return std::make_unique<testing::FixedBatches>(testing::tiny_training_set(size));
  };
  return job;
}

// Of a training whose disk fails: in the second epoch only `most` batches come.
class EndingBatches final : public data::Batches {
 public:
  EndingBatches(std::unique_ptr<data::Batches> all, int most) : all_(std::move(all)), most_(most) {}
  void start_epoch(int epoch, size_t done = 0) override {
    all_->start_epoch(epoch, done);
    left_ = epoch == 0 ? INT_MAX : most_;
  }
  bool next(data::Batch& batch) override {
    if (left_-- == 0) throw IoError({.what = "the disk is gone"});
    return all_->next(batch);
  }
  size_t count() const override { return all_->count(); }

 private:
  std::unique_ptr<data::Batches> all_;
  int most_, left_ = 0;
};

template <class Error>
Message refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message();
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

// Two ranks that train by themselves, each told which job is its own; what each was refused for.
std::vector<Message> refusals(const std::function<TrainJob(int rank)>& job_of) {
  const TemporaryFolder folder;
  std::vector<std::future<Message>> said;
  for (int rank = 0; rank < 2; ++rank)
    said.push_back(std::async(std::launch::async, [&, rank] {
      TrainJob job = job_of(rank);
      job.ranks = meet({.rank = rank, .world = 2, .file = folder / "meeting", .host = ""});
      return refusal<TrainError>([&] { train(job); });
    }));
  return {said[0].get(), said[1].get()};
}

// The file system of another computer has no checkpoint at OUT_DIR.
TEST(Training, OfRanksThatDoNotSeeOneFolderDoesNotBegin) {
  const TemporaryFolder folder;
  train(tiny_job(folder / "0"));
  const auto job_of = [&](int rank) {
    return tiny_job(folder / std::to_string(rank), {"OPTIM.MAX_EPOCH", "2"});
  };
  const auto said = refusals(job_of);
  for (size_t rank = 0; rank < 2; ++rank) {
    EXPECT_EQ(said[rank].what, "rank 1 would begin with epoch 1, rank 0 with epoch 2");
    EXPECT_EQ(said[rank].where, folder / std::to_string(rank));
    EXPECT_THAT(said[rank].fix, HasSubstr("OUT_DIR must be one folder that all computers see"));
  }
  EXPECT_EQ(CheckpointFolder(folder / "0").newest()->filename(), "model_epoch_0001.pyth");
}

TEST(Training, OfRanksWithOtherWeightsDoesNotBegin) {
  const TemporaryFolder folder;
  const auto said = refusals([&](int rank) {
    return tiny_job(folder / "out", {"RNG_SEED", std::to_string(rank + 1)});
  });
  for (const Message& message : said)
    EXPECT_EQ(message.what, "rank 1 would begin with other weights than rank 0");
}

TEST(Training, GoesOnOnlyWithPicturesPreparedAsBefore) {
  const TemporaryFolder folder;
  train(tiny_job(folder.path(), {"DATA_LOADER.COLOUR", "rgb"}));
  const std::string config = read_text(folder / "config.yaml");
  const Message said = refusal<ConfigError>([&] {
    train(tiny_job(folder.path(), {"OPTIM.MAX_EPOCH", "2", "DATA_LOADER.COLOUR", "bgr"}));
  });
  EXPECT_THAT(said.what, HasSubstr(": rgb, mean 0.4"));
  EXPECT_THAT(said.what, HasSubstr("; now bgr, mean 0.4"));
  EXPECT_EQ(said.where, folder / "checkpoints/model_epoch_0001.pyth");
  EXPECT_EQ(read_text(folder / "config.yaml"), config);
  EXPECT_THROW(
      train(tiny_job(folder.path(), {"DATA_LOADER.COLOUR", "rgb", "TRAIN.DATASET", "cifar10"})),
      ConfigError);
  train(tiny_job(folder.path(), {"OPTIM.MAX_EPOCH", "2", "DATA_LOADER.COLOUR", "rgb"}));
  EXPECT_EQ(CheckpointFolder(folder.path()).newest()->filename(), "model_epoch_0002.pyth");
}

// The state after each step of four, gone on from, gives the bits of a training that never ended.
TEST(Training, GoesOnWithinAnEpoch) {
  const TemporaryFolder folder;
  const std::vector<std::string> keys = {
      "OPTIM.MAX_EPOCH", "2", "BN.USE_PRECISE_STATS", "True", "BN.NUM_SAMPLES_PRECISE", "16"};
  train(tiny_job(folder / "whole", keys));
  const auto wanted = weights::load(folder / "whole/checkpoints/model_epoch_0002.pyth");
  for (int steps = 1; steps < testing::kTinySteps; ++steps) {
    const fs::path out = folder / std::to_string(steps);
    TrainJob job = tiny_job(out, keys);
    job.config.train.save_steps = steps;
    // Its pictures end in the second epoch, a step after what is kept of it.
    const auto batches = job.batches;
    job.batches = [&](Use use, int lane, int lanes) -> std::unique_ptr<data::Batches> {
      if (use == Use::testing) return batches(use, lane, lanes);
      return std::make_unique<EndingBatches>(batches(use, lane, lanes), steps);
    };
    EXPECT_THROW(train(job), IoError);
    EXPECT_EQ(CheckpointFolder(out).newest()->filename(), "within_epoch_0002.pyth");
    train(tiny_job(out, keys));
    const auto got = weights::load(out / "checkpoints/model_epoch_0002.pyth");
    for (const auto& [name, tensor] : wanted.weights)
      EXPECT_EQ(*got.weights.at(name).bytes, *tensor.bytes) << steps << " " << name;
  }
}

TEST(Training, RefusesWhatPyclsLetsPass) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::vector<std::string>& keys, const char* said) {
    const Message message =
        refusal<ConfigError>([&] { check_training(tiny_job(folder / "out", keys).config); });
    EXPECT_THAT(message.what, HasSubstr(said));
    EXPECT_FALSE(message.where.empty());
  };
  refused({"MODEL.LOSS_FUN", "focal"}, "MODEL.LOSS_FUN is 'focal'");
  refused({"OPTIM.BASE_LR", "-0.1"}, "OPTIM.BASE_LR is -0.1");
  refused({"OPTIM.MOMENTUM", "1.0"}, "OPTIM.MOMENTUM is 1");
  refused({"OPTIM.LR_POLICY", "poly"}, "OPTIM.LR_POLICY is 'poly'");
  refused({"OPTIM.MAX_EPOCH", "0"}, "OPTIM.MAX_EPOCH is 0");
  refused({"TRAIN.IM_SIZE", "7"}, "TRAIN.IM_SIZE is 7, less than the network's stride of 8");
  refused({"TRAIN.LABEL_SMOOTHING", "1.0"}, "TRAIN.LABEL_SMOOTHING is 1");
  refused({"TRAIN.ACCUM_STEPS", "0"}, "TRAIN.ACCUM_STEPS is 0");
  refused({"OPTIM.GRAD_CLIP", "-1.0"}, "OPTIM.GRAD_CLIP is -1");
  check_training(tiny_job(folder / "out").config);
}

TEST(Training, GoesOnFromTheOriginalsCheckpoint) {
  NNSTRETCH_NEEDS_SHARED();
  const TemporaryFolder folder;
  fs::create_directories(folder / "checkpoints");
  fs::copy_file(testing::shared_folder() / "golden/tiny/TINY-RX-CD/model_after_epoch1.pyth",
                folder / "checkpoints/model_epoch_0001.pyth");
  train(tiny_job(folder.path(), {"OPTIM.MAX_EPOCH", "2"}));
  EXPECT_EQ(CheckpointFolder(folder.path()).newest()->filename(), "model_epoch_0002.pyth");
}

// FFCV's constants follow from it, by less than a byte.
TEST(Training, GoesOnWithAnotherAugmentation) {
  const TemporaryFolder folder;
  train(tiny_job(folder.path(), {"DATA_LOADER.MODE", "ffcv"}));
  train(tiny_job(folder.path(), {"DATA_LOADER.MODE", "ffcv", "OPTIM.MAX_EPOCH", "2",
                                 "TRAIN.AUGMENT", "AutoAugment"}));
  EXPECT_EQ(CheckpointFolder(folder.path()).newest()->filename(), "model_epoch_0002.pyth");
}

// Before the first epoch, not when it was computed.
TEST(Training, DoesNotBeginWhereTheBestIsOfAnotherNetwork) {
  const TemporaryFolder folder;
  const testing::TinyNetwork other("TINY-R-CDG");
  const Learner stranger(other.config, other.graph, other.weights);
  for (const std::string& bytes :
       {std::string("no checkpoint"), [&] {
          const auto made = weights::to_torch(to_checkpoint(stranger, other.config, 0, {}));
          return std::string(reinterpret_cast<const char*>(made.data()), made.size());
        }()}) {
    write_atomic(folder / "model.pyth", bytes);
    refusal<FormatError>([&] { train(tiny_job(folder.path())); });
    EXPECT_THAT(read_text(folder / "stdout.log"), Not(HasSubstr("Start epoch")));
    EXPECT_FALSE(fs::exists(folder / "config.yaml"));
    EXPECT_EQ(read_text(folder / "model.pyth"), bytes);
  }
}

TEST(Training, SaysThatTheBestOfAnotherTrainingStays) {
  const TemporaryFolder folder;
  const auto warnings = [&](const std::vector<std::string>& keys) {
    ::testing::internal::CaptureStderr();
    train(tiny_job(folder.path(), keys));
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(warnings({}), Not(HasSubstr("model.pyth")));
  EXPECT_THAT(warnings({"OPTIM.MAX_EPOCH", "2"}), Not(HasSubstr("model.pyth")));
  EXPECT_THAT(warnings({"TRAIN.AUTO_RESUME", "False"}), HasSubstr("model.pyth"));
}

TEST(Teacher, IsShownThePicturesItWasTrainedOn) {
  const TemporaryFolder folder;
  train(tiny_job(folder.path(), {"DATA_LOADER.COLOUR", "rgb"}));
  const std::vector<std::string> taught = {"TRAIN.DISTILL", "True", "TRAIN.TEACHER",
                                           folder / "model.pyth"};
  auto config = tiny_job(folder.path(), taught).config;
  config.data_loader.colour = "rgb";
  EXPECT_TRUE(teacher_of(config, {}));
  config.data_loader.colour = "bgr";
  const Message said = refusal<ConfigError>([&] { teacher_of(config, {}); });
  EXPECT_THAT(said.what, HasSubstr(": rgb, mean 0.4"));
  EXPECT_THAT(said.what, HasSubstr("; now bgr, mean 0.4"));
  EXPECT_EQ(said.where, folder / "model.pyth");
}

}  // namespace
}  // namespace nnstretch::train
