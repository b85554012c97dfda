// A folder of pictures through the loader. The pictures are the project's photographs.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/image_folder.h"
#include "data/loader.h"
#include "image/image.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;
using nnstretch::testing::TemporaryFolder;

fs::path photos() { return nnstretch::testing::source_folder() / "assets/photos"; }

// Photographs dealt to `classes` folders in turn.
void deal(const fs::path& folder, const std::vector<std::string>& classes, size_t count) {
  const auto files = image::list_images(photos());
  for (size_t i = 0; i < count; ++i) {
    const fs::path to = folder / classes[i % classes.size()];
    fs::create_directories(to);
    fs::copy_file(files[i % files.size()], to / (std::to_string(i) + ".jpg"));
  }
}

std::vector<Batch> epoch_of(Loader& loader, int epoch) {
  std::vector<Batch> batches;
  loader.start_epoch(epoch);
  for (Batch batch; loader.next(batch);) batches.push_back(batch);
  return batches;
}

TEST(ImageFolder, LabelIsTheRankOfTheFoldersName) {
  TemporaryFolder folder;
  deal(folder.path(), {"n00000009", "n00000002", "n00000005"}, 6);
  const auto dataset = open_dataset(folder.path(), "train");
  EXPECT_EQ(dataset->class_names(),
            (std::vector<std::string>{"n00000002", "n00000005", "n00000009"}));
  ASSERT_EQ(dataset->size(), 6u);
  const Sample last = dataset->read(5);
  EXPECT_EQ(last.label, 2);
  EXPECT_EQ(last.where, (folder / "n00000009/3.jpg").string());
  EXPECT_EQ(std::vector(last.bytes.begin(), last.bytes.end()), read_bytes(last.where));
}

TEST(ImageFolder, ValidationKeepsTheLabelsOfTraining) {
  TemporaryFolder folder;
  deal(folder / "train", {"a", "b", "c"}, 3);
  deal(folder / "val", {"a", "b", "c"}, 3);
  EXPECT_EQ(open_dataset(folder.path(), "val")->read(2).label, 2);
  EXPECT_EQ(open_dataset(folder.path(), "test")->class_count(), 3u);
}

TEST(ImageFolder, RefusesSplitsWhoseClassesDiffer) {
  const auto refused = [](const std::vector<std::string>& training,
                          const std::vector<std::string>& validation, const char* said) {
    TemporaryFolder folder;
    deal(folder / "train", training, training.size());
    deal(folder / "val", validation, validation.size());
    EXPECT_ERROR(open_dataset(folder.path(), "val"), FormatError, "val", said,
                 "both splits need the same classes");
  };
  refused({"a", "b", "c"}, {"a", "c"}, "the class 'b' of the training split is missing");
  refused({"a", "b", "c"}, {"a", "b"}, "the class 'c' of the training split is missing");
  refused({"a", "c"}, {"a", "b", "c"}, "the class 'b' is not in the training split");
  refused({"a"}, {"a", "b"}, "the class 'b' is not in the training split");
}

TEST(ImageFolder, ReadsASplitUnderItsOtherNames) {
  for (const char* name : {"validation", "valid", "test", "val"}) {
    TemporaryFolder folder;
    deal(folder / "train", {"a", "b"}, 4);
    deal(folder / name, {"a", "b"}, 2);
    EXPECT_EQ(open_dataset(folder.path(), "val")->size(), 2u) << name;
    EXPECT_EQ(open_dataset(folder.path(), "test")->size(), 2u) << name;
  }
}

// Or the folders of the splits would be taken for classes.
TEST(ImageFolder, NamesTheFoldersItLookedForWhereASplitIsMissing) {
  TemporaryFolder folder;
  deal(folder / "train", {"a", "b"}, 4);
  EXPECT_ERROR(open_dataset(folder.path(), "val"), IoError, "no split 'val'",
               "val/, validation/, valid/, test/", "val*.beton");
  EXPECT_ERROR(open_dataset(folder / "train", "val", WithoutSplits::refused), IoError,
               "no split 'val'");
  EXPECT_EQ(open_dataset(folder / "train", "val")->size(), 4u);
}

TEST(ImageFolder, RefusesFoldersWithinAClass) {
  TemporaryFolder folder;
  deal(folder / "train", {"a", "b", "b/c"}, 3);
  EXPECT_ERROR(open_dataset(folder.path(), "train"), FormatError, "train/b/c",
               "a folder with pictures within a class", "make it a class beside it");
}

TEST(ImageFolder, RefusesFoldersThatWouldShiftLabels) {
  TemporaryFolder folder;
  deal(folder / "train", {"n00000001", "n00000002"}, 2);
  deal(folder / "val", {"n00000003"}, 1);
  EXPECT_ERROR(open_dataset(folder.path(), "val"), FormatError,
               "the class 'n00000001' of the training split is missing", "the same classes");
  fs::create_directories(folder / "train/leftovers");
  EXPECT_ERROR(open_dataset(folder.path(), "train"), FormatError,
               "'leftovers' stands among class folders", "move it away");
  fs::remove(folder / "train/leftovers");
  fs::create_directories(folder / "train/n00000000");
  EXPECT_ERROR(open_dataset(folder.path(), "train"), FormatError,
               "train/n00000000: a class without pictures", "remove the folder or fill it");
  EXPECT_ERROR(open_dataset(folder / "nothing", "train"), IoError, "nothing: no such dataset",
               "check the path");
}

TEST(ImageFolder, FollowsLinksAndSaysWhatItLeavesOut) {
  TemporaryFolder folder;
  deal(folder / "more", {"x"}, 2);
  deal(folder / "train", {"a", "b"}, 2);
  fs::create_directory_symlink(folder / "more/x", folder / "train/c");
  for (const char* name : {"a/1.webp", "a/.hidden.jpg", "loose.jpg", "notes.txt"})
    write_atomic(folder / "train" / name, std::string_view("x"));
  ::testing::internal::CaptureStderr();
  const auto dataset = open_dataset(folder.path(), "train");
  open_dataset(folder.path(), "train");
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(dataset->size(), 4u);
  for (const char* name : {"1.webp", ".hidden.jpg", "loose.jpg", "notes.txt"})
    EXPECT_NE(said.find(name), said.npos) << name << " is left out without a word: " << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST(Loader, GivesTheTestTransformInOrder) {
  TemporaryFolder folder;
  deal(folder.path(), {"a", "b"}, 3);
  const auto dataset = open_dataset(folder.path(), "val");
  Loader loader(*dataset, Transform({.size = 32, .resize = 40}), {.batch_size = 2});
  const auto batches = epoch_of(loader, 0);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].labels, (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(batches[1].labels, (std::vector<int64_t>{1}));
  const auto nhwc = image::prepare(image::decode(folder / "b/1.jpg"), {.resize = 40, .crop = 32});
  ASSERT_EQ(batches[1].images.size(), nhwc.size());
  for (size_t i = 0; i < nhwc.size(); ++i)
    ASSERT_EQ(batches[1].images[(i % 3) * 32 * 32 + i / 3], nhwc[i]) << i;
}

TEST(Loader, AnyNumberOfWorkersGivesTheSameBatches) {
  TemporaryFolder folder;
  deal(folder.path(), {"a", "b", "c"}, 23);
  const auto dataset = open_dataset(folder.path(), "train");
  const Transform train({.train = true, .size = 16, .augment = "RandAugment_N2_M0.5"});
  LoaderOptions options{.batch_size = 5, .shuffle = true, .seed = 3};
  Loader one(*dataset, train, options);
  options.workers = 4;
  Loader four(*dataset, train, options);
  const auto expected = epoch_of(one, 2), same = epoch_of(four, 2), other = epoch_of(four, 3);
  ASSERT_EQ(same.size(), 5u);
  for (size_t i = 0; i < same.size(); ++i) {
    EXPECT_EQ(same[i].labels, expected[i].labels);
    EXPECT_EQ(same[i].images, expected[i].images);
    EXPECT_NE(other[i].images, expected[i].images);
  }
}

TEST(Loader, GoesOnWithinAnEpoch) {
  TemporaryFolder folder;
  deal(folder.path(), {"a", "b", "c"}, 23);
  const auto dataset = open_dataset(folder.path(), "train");
  Loader loader(*dataset, Transform({.train = true, .size = 16}),
                {.batch_size = 5, .shuffle = true, .seed = 3, .workers = 2});
  const auto whole = epoch_of(loader, 1);
  for (const size_t done : {0, 1, 3, 5, 9}) {
    loader.start_epoch(1, done);
    size_t given = done;
    for (Batch batch; loader.next(batch); ++given) {
      EXPECT_EQ(batch.labels, whole.at(given).labels);
      EXPECT_EQ(batch.images, whole.at(given).images);
    }
    EXPECT_EQ(given, std::max(done, whole.size()));
  }
}

// Every sample once, whatever the number of ranks; the order of the whole is the same.
TEST(Loader, RanksShareTheSamples) {
  TemporaryFolder folder;
  deal(folder.path(), {"a", "b", "c", "d", "e", "f", "g"}, 7);  // a label is a sample
  const auto dataset = open_dataset(folder.path(), "train");
  const Transform transform({.size = 8, .resize = 8});
  std::multiset<int64_t> seen;
  for (int rank = 0; rank < 3; ++rank) {
    Loader loader(*dataset, transform,
                  {.batch_size = 2, .shuffle = true, .seed = 1, .rank = rank, .world = 3});
    for (const Batch& batch : epoch_of(loader, 0))
      seen.insert(batch.labels.begin(), batch.labels.end());
  }
  EXPECT_EQ(seen, (std::multiset<int64_t>{0, 1, 2, 3, 4, 5, 6}));
  Loader training(*dataset, transform, {.batch_size = 2, .drop_last = true, .world = 3});
  EXPECT_EQ(training.count(), 1u);
  EXPECT_EQ(training.samples(), 2u);
}

TEST(Loader, LeavesOutOneDamagedPictureInAHundred) {
  TemporaryFolder folder;
  deal(folder.path(), {"a"}, 100);
  const auto bytes = read_bytes(folder / "a/7.jpg");
  write_atomic(folder / "a/7.jpg", std::span(bytes).first(bytes.size() / 2));
  const auto dataset = open_dataset(folder.path(), "val");
  Loader loader(*dataset, Transform({.size = 8, .resize = 8}), {.batch_size = 100, .workers = 2});
  const auto batches = epoch_of(loader, 0);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].size(), 99u);
  EXPECT_EQ(batches[0].images.size(), 99u * 3 * 8 * 8);
  EXPECT_EQ(loader.skipped(), 1u);
  fs::rename(folder / "a/7.jpg", folder / "7.jpg");  // what is left are the others, in order
  const auto others = open_dataset(folder.path(), "val");
  Loader whole(*others, Transform({.size = 8, .resize = 8}), {.batch_size = 100});
  EXPECT_EQ(epoch_of(whole, 0)[0].images, batches[0].images);
  fs::rename(folder / "7.jpg", folder / "a/7.jpg");
  write_atomic(folder / "a/8.jpg", std::string_view("no picture"));
  loader.start_epoch(1);
  Batch batch;
  EXPECT_ERROR(loader.next(batch), FormatError, "2 of 100 samples", "mend or remove them",
               "up to 1 %");
  EXPECT_FALSE(loader.next(batch));
}

TEST(Loader, AnUnreadableFileEndsTheEpoch) {
  TemporaryFolder folder;
  deal(folder.path(), {"a"}, 4);
  const auto dataset = open_dataset(folder.path(), "val");
  fs::remove(folder / "a/2.jpg");
  Loader loader(*dataset, Transform({.size = 8, .resize = 8}), {.batch_size = 4});
  loader.start_epoch(0);
  Batch batch;
  EXPECT_ERROR(loader.next(batch), IoError, "2.jpg: cannot open");
}

}  // namespace
}  // namespace nnstretch::data
