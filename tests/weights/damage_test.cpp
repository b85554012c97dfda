// Files cut short and files with wrong bytes: either an error, or what the whole file would give.
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "base/files.h"
#include "support/paths.h"
#include "torch_bytes.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using Bytes = std::vector<std::byte>;

// Reads and throws away the result; true if it was read. Only the project's errors may come out.
bool can_read(std::span<const std::byte> bytes) {
  try {
    parse(bytes, "damaged");
    return true;
  } catch (const Error& error) {
    EXPECT_FALSE(std::string(error.what()).empty());
    return false;
  }
}

bool equal(const ir::WeightStore& a, const ir::WeightStore& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const ir::Tensor* other = b.find(name);
    if (!other || other->shape != tensor.shape || *other->bytes != *tensor.bytes) return false;
  }
  return true;
}

Bytes to_bytes(const std::string& text) {
  const auto view = testing::bytes_of(text);
  return {view.begin(), view.end()};
}

Bytes small_checkpoint() {
  testing::PickleBytes pickle;
  pickle.raw("}(").text("epoch").integer(3).text("model_state").raw("}(");
  pickle.text("a.weight").tensor("0", 8, 0, {2, 2, 2}, {1, 4, 2});
  pickle.text("b.bias").tensor("1", 4, 1, {3}, {1}).raw("uu");
  return to_bytes(testing::checkpoint(pickle, {{1, 2, 3, 4, 5, 6, 7, 8}, {9, 8, 7, 6}}));
}

Bytes small_safetensors() {
  ir::WeightStore store;
  store.set("a.weight", initial_value("a.weight", {2, 3, 1, 1}));
  store.set("b.bias", initial_value("b.bias", {3}));
  return to_safetensors(store);
}

TEST(Damage, NoPartOfAFileIsTakenForTheWhole) {
  for (const Bytes& whole : {small_checkpoint(), small_safetensors()}) {
    ASSERT_TRUE(can_read(whole));
    for (size_t length = 0; length < whole.size(); ++length) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
      EXPECT_FALSE(can_read(part)) << "cut to " << length << " of " << whole.size();
    }
  }
}

TEST(Damage, EveryFlippedBitOfASmallFileIsHarmless) {
  for (Bytes file : {small_checkpoint(), small_safetensors()})
    for (size_t bit = 0; bit < 8 * file.size(); ++bit) {
      const std::byte flip{static_cast<unsigned char>(1u << (bit % 8))};
      file[bit / 8] ^= flip;
      can_read(file);
      file[bit / 8] ^= flip;
    }
}

TEST(Damage, WrongBytesInARealCheckpointAreAnErrorOrMakeNoDifference) {
  NNSTRETCH_NEEDS_SHARED();
  const auto whole = read_bytes(testing::shared_folder() /
                                "golden/tiny/TINY-RX-CD/checkpoints/model_epoch_0003.pyth");
  const auto expected = parse(whole, "whole").weights;
  std::mt19937 random(7);
  int read = 0;
  for (int round = 0; round < 150; ++round) {
    Bytes file = whole;
    const size_t at = random() % file.size();
    file[at] ^= std::byte(1 + random() % 255);
    try {
      const auto weights = parse(file, "damaged").weights;
      EXPECT_TRUE(equal(weights, expected)) << "byte " << at;
      ++read;
    } catch (const Error&) {}
  }
  EXPECT_GT(read, 0) << "flips in what is not read must not matter";
}

TEST(Damage, RealCheckpointsCutShortAreRefused) {
  NNSTRETCH_NEEDS_SHARED();
  const auto folder = testing::shared_folder() / "golden/tiny/TINY-RX-CD";
  for (const char* name : {"checkpoints/model_epoch_0003.pyth", "last_legacy_format.pyth"}) {
    const auto whole = read_bytes(folder / name);
    for (size_t i = 0; i < 100; ++i) {
      const size_t length = whole.size() * i / 100 + (i % 7);
      EXPECT_FALSE(can_read(std::span(whole).first(length))) << name << " cut to " << length;
    }
  }
}

TEST(Damage, WrongBytesInTheOlderFormatNeverCrash) {
  NNSTRETCH_NEEDS_SHARED();
  auto file =
      read_bytes(testing::shared_folder() / "golden/tiny/TINY-RX-CD/last_legacy_format.pyth");
  constexpr size_t kPickles = 60000;  // the numbers behind them have no checksum
  std::mt19937 random(8);
  for (int round = 0; round < 300; ++round) {
    const size_t at = random() % kPickles;
    const std::byte before = file[at];
    file[at] ^= std::byte(1 + random() % 255);
    can_read(file);
    file[at] = before;
  }
}

}  // namespace
}  // namespace nnstretch::weights
