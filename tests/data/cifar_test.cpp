// CIFAR-10 in both forms. The pickles are made by tests/data/data/make-cifar, which says what is in
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/cifar.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;
using nnstretch::testing::TemporaryFolder;

fs::path made(const std::string& name) {
  return nnstretch::testing::source_folder() / "tests/data/data" / name;
}

int stored(size_t picture, size_t i) { return static_cast<int>((7 * i + 101 * picture) % 251); }

std::string binary_batch() {
  std::string bytes;
  for (size_t picture = 0; picture < 2; ++picture) {
    bytes += picture == 0 ? '\6' : '\11';
    for (size_t i = 0; i < 3072; ++i) bytes += static_cast<char>(stored(picture, i));
  }
  return bytes;
}

void expect_the_two_pictures(const Dataset& dataset) {
  ASSERT_EQ(dataset.size(), 2u);
  EXPECT_EQ(dataset.class_count(), 10u);
  EXPECT_EQ(dataset.label(0), 6);
  EXPECT_EQ(dataset.label(1), 9);
  const Sample sample = dataset.read(1);
  EXPECT_EQ(sample.label, 9);
  ASSERT_EQ(sample.form, Sample::Form::rgb);
  ASSERT_EQ(sample.bytes.size(), 3072u);
  for (size_t pixel = 0; pixel < 1024; ++pixel)
    for (size_t c = 0; c < 3; ++c)
      ASSERT_EQ(static_cast<int>(sample.bytes[3 * pixel + c]), stored(1, c * 1024 + pixel));
}

std::string failure_of(const fs::path& folder) {
  try {
    open_dataset(folder, "train");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(Cifar, ReadsTheBinaryVersion) {
  TemporaryFolder folder;
  write_atomic(folder / "data_batch_1.bin", binary_batch());
  write_atomic(folder / "batches.meta.txt", std::string_view("airplane\nautomobile\n\n"));
  const auto dataset = open_dataset(folder.path(), "train");
  expect_the_two_pictures(*dataset);
  EXPECT_EQ(dataset->class_names(), (std::vector<std::string>{"airplane", "automobile"}));
}

TEST(Cifar, ReadsPicklesOfOldAndNewPython) {
  for (const char* name :
       {"cifar-python2.pickle", "cifar-protocol2.pickle", "cifar-protocol4.pickle"}) {
    SCOPED_TRACE(name);
    TemporaryFolder folder;
    fs::copy_file(made(name), folder / "test_batch");
    expect_the_two_pictures(*open_dataset(folder.path(), "val"));
  }
}

TEST(Cifar, SaysWhereABinaryIsDamaged) {
  TemporaryFolder folder;
  std::string bytes = binary_batch();
  bytes[3073] = 10;
  write_atomic(folder / "data_batch_1.bin", bytes);
  EXPECT_THAT(failure_of(folder.path()), ::testing::HasSubstr("data_batch_1.bin: byte 3073"));
  write_atomic(folder / "data_batch_1.bin", std::string_view(bytes).substr(0, 4000));
  EXPECT_THAT(failure_of(folder.path()), ::testing::HasSubstr("4000 bytes"));
}

TEST(Cifar, RefusesOtherPickles) {
  const auto bytes = read_bytes(made("cifar-protocol4.pickle"));
  EXPECT_ERROR(parse_cifar_pickle(std::span(bytes).first(bytes.size() - 100), "cut"), FormatError,
               "cut: the data ends too early", "copy it again");
  std::string text = read_text(made("cifar-python2.pickle"));
  text[text.find("K\6K\11e") + 3] = 10;  // the second label
  EXPECT_ERROR(parse_cifar_pickle(std::as_bytes(std::span(text)), "label"), FormatError,
               "label: picture 1 has the label 10", "unpack CIFAR-10 again");
}

}  // namespace
}  // namespace nnstretch::data
