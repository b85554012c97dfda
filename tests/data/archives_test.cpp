// Tars of pictures and ImageNet's lists. tests/e2e/imagenet.sh extracts whole archives.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/archive.h"
#include "data/checksum.h"
#include "data/image_tar.h"
#include "data/imagenet_labels.h"
#include "data/imagenet_synsets.h"
#include "image/image.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;
using nnstretch::testing::TemporaryFolder;

// The photographs, packed by the system's tar as train/a/..., train/b/...
class Tar : public ::testing::Test {
 protected:
  Tar() {
    const auto photos = image::list_images(nnstretch::testing::source_folder() / "assets/photos");
    for (size_t i = 0; i < 6; ++i) {
      const fs::path to = folder_ / (i < 4 ? "x/b" : "x/a");
      fs::create_directories(to);
      fs::copy_file(photos[i], to / photos[i].filename());
    }
    // A name that does not fit into the old header.
    fs::copy_file(photos[6], folder_ / ("x/b/" + std::string(150, 'z') + ".jpg"));
    const std::string command =
        "cd " + folder_.path().string() + " && tar -cf train.tar x && gzip -k train.tar";
    packed_ = std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
  }
  TemporaryFolder folder_;
  bool packed_ = false;
};

TEST_F(Tar, PicturesAreReadWhereTheyLie) {
  ASSERT_TRUE(packed_);
  const auto tar = open_dataset(folder_.path(), "train");
  ASSERT_EQ(tar->kind(), "tar of images");
  const auto folder = open_dataset(folder_ / "x", "train");
  ASSERT_EQ(tar->size(), 7u);
  EXPECT_EQ(tar->class_names(), folder->class_names());
  for (size_t i = 0; i < tar->size(); ++i) {
    EXPECT_EQ(tar->label(i), folder->label(i));
    const Sample ours = tar->read(i), theirs = folder->read(i);
    ASSERT_TRUE(
        std::equal(ours.bytes.begin(), ours.bytes.end(), theirs.bytes.begin(), theirs.bytes.end()))
        << i;
  }
}

TEST_F(Tar, RefusesWhatIsCutOrCompressed) {
  ASSERT_TRUE(packed_);
  const auto bytes = read_bytes(folder_ / "train.tar");
  write_atomic(folder_ / "cut.tar", std::span(bytes).first(bytes.size() / 2));
  try {
    ImageTar cut(folder_ / "cut.tar");
    ADD_FAILURE() << "half a tar was read";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cut.tar: "));
    EXPECT_THAT(error.what(), ::testing::HasSubstr(" at byte "));
  }
  fs::rename(folder_ / "train.tar.gz", folder_ / "packed.tar");
  EXPECT_ERROR(ImageTar(folder_ / "packed.tar"), FormatError, "packed.tar", "copy it again");
}

TEST_F(Tar, ReadsCompressedArchivesInOrder) {
  ASSERT_TRUE(packed_);
  size_t members = 0;
  for (Archive archive(folder_ / "train.tar.gz"); archive.next(); ++members)
    EXPECT_EQ(archive.read(), read_bytes(folder_ / archive.name()));
  EXPECT_EQ(members, 7u);
}

TEST(ValidationLabels, KagglesListAndTheScript) {
  const ValidationLabels expected = {{"ILSVRC2012_val_00000001", "n01751748"},
                                     {"ILSVRC2012_val_00000002", "n09193705"}};
  EXPECT_EQ(parse_solution_csv("ImageId,PredictionString\r\n"
                               "ILSVRC2012_val_00000002,n09193705 1 2 3 4 n09193705 5 6 7 8 \r\n"
                               "ILSVRC2012_val_00000001,\"n01751748 111 108 441 193\"\r\n",
                               "x.csv"),
            expected);
  EXPECT_EQ(parse_valprep("mkdir -p n01751748\nmv ILSVRC2012_val_00000001.JPEG n01751748/\n"
                          "mv ILSVRC2012_val_00000002.JPEG n09193705/",
                          "valprep.sh"),
            expected);
}

std::string failure(const std::string& csv) {
  try {
    parse_solution_csv(csv, "x.csv");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(ValidationLabels, SaysWhichLineIsWrong) {
  using ::testing::HasSubstr;
  EXPECT_THAT(failure("h\na,n01751748\nb,house 1 2\n"),
              HasSubstr("x.csv:3: 'house' is no WordNet id"));
  EXPECT_THAT(failure("h\na,n01751748\na,n01751748\n"), HasSubstr("x.csv:3: a second label of a"));
  EXPECT_THAT(failure("h\nno comma\n"), HasSubstr("x.csv:2: no comma"));
}

// meta.mat was written by scipy (tests/data/data/make-meta).
TEST(Synsets, ClassesAreThoseWithoutNarrowerOnes) {
  const auto bytes = read_bytes(nnstretch::testing::source_folder() / "tests/data/data/meta.mat");
  EXPECT_EQ(parse_synsets(bytes, "meta.mat"),
            (SynsetIds{{1, "n02119789"}, {2, "n01440764"}, {3, "n02105855"}}));
  EXPECT_ERROR(parse_synsets(std::span(bytes).first(100), "meta.mat"), FormatError,
               "meta.mat: the data ends too early", "as it was published");
}

// From RFC 1321.
TEST(Checksum, IsMd5) {
  TemporaryFolder folder;
  write_atomic(folder / "x", std::string_view("message digest"));
  EXPECT_EQ(md5_of_file(folder / "x"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_ERROR(md5_of_file(folder / "y"), IoError, "y: cannot read");
}

}  // namespace
}  // namespace nnstretch::data
