// Where a training begins, and what it refuses to begin with.
#include "train/trainer.h"

#include <gmock/gmock.h>

#include <future>

#include "base/files.h"
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
