// What torch may write and what it never would: checkpoints made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/errors.h"
#include "torch_bytes.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using testing::bytes_of;
using testing::checkpoint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::little_endian;
using testing::PickleBytes;

Loaded parse_text(const std::string& file, Which which = Which::best) {
  return parse(bytes_of(file), "net.pyth", which);
}

// The message of the FormatError that reading must end in.
std::string refusal(const std::string& file) {
  try {
    parse_text(file);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "nothing was refused";
}

PickleBytes one_tensor(int count, int offset, const std::vector<int>& sizes,
                       const std::vector<int>& strides) {
  return PickleBytes().raw("}(").text("w").tensor("0", count, offset, sizes, strides).raw("u");
}

std::vector<float> values(const Loaded& loaded, const std::string& name) {
  const auto view = loaded.weights.at(name).as<float>();
  return {view.begin(), view.end()};
}

const std::vector<float> kSix = {0, 1, 2, 3, 4, 5};

TEST(TorchFile, ReadsAPlainStateDict) {
  const Loaded loaded = parse_text(checkpoint(one_tensor(6, 0, {2, 3}, {3, 1}), {kSix}));
  EXPECT_EQ(loaded.weights.at("w").shape, (ir::Shape{2, 3}));
  EXPECT_EQ(values(loaded, "w"), kSix);
  EXPECT_FALSE(loaded.epoch);
}

TEST(TorchFile, StridesAreFollowed) {
  const auto transposed = parse_text(checkpoint(one_tensor(6, 0, {3, 2}, {1, 3}), {kSix}));
  EXPECT_THAT(values(transposed, "w"), ElementsAre(0, 3, 1, 4, 2, 5));
  const auto every_other = parse_text(checkpoint(one_tensor(6, 1, {2}, {2}), {kSix}));
  EXPECT_THAT(values(every_other, "w"), ElementsAre(1, 3));
  const auto channels_last =
      parse_text(checkpoint(one_tensor(6, 0, {1, 2, 1, 3}, {6, 1, 6, 2}), {kSix}));
  EXPECT_THAT(values(channels_last, "w"), ElementsAre(0, 2, 4, 1, 3, 5));
}

TEST(TorchFile, AStrideThatIsNeverTakenMayBeAnything) {
  const auto loaded = parse_text(checkpoint(one_tensor(6, 2, {1, 2, 1}, {1 << 30, 1, 7}), {kSix}));
  EXPECT_THAT(values(loaded, "w"), ElementsAre(2, 3));
}

TEST(TorchFile, EmptyTensorsAndScalarsAreTensors) {
  EXPECT_TRUE(values(parse_text(checkpoint(one_tensor(0, 0, {0, 5}, {5, 1}), {{}})), "w").empty());
  EXPECT_THAT(values(parse_text(checkpoint(one_tensor(6, 4, {}, {}), {kSix})), "w"),
              ElementsAre(4));
}

TEST(TorchFile, ParametersAreTheirTensors) {
  const auto pickle = PickleBytes()
                          .raw("}(")
                          .text("w")
                          .global("torch._utils", "_rebuild_parameter")
                          .raw("(")
                          .tensor("0", 6, 0, {6}, {1})
                          .raw("\x88")
                          .global("collections", "OrderedDict")
                          .raw(")RtRu");
  EXPECT_EQ(values(parse_text(checkpoint(pickle, {kSix})), "w"), kSix);
}

TEST(TorchFile, ViewsOutsideTheirStorageAreRefused) {
  for (const auto& pickle :
       {one_tensor(6, 0, {7}, {1}), one_tensor(6, 1, {6}, {1}), one_tensor(6, 0, {2, 2}, {5, 1}),
        one_tensor(6, 0, {1 << 30, 1 << 30, 1 << 30}, {1 << 30, 1 << 30, 1}),
        one_tensor(7, 0, {6}, {1}), one_tensor(6, -1, {2}, {1}), one_tensor(6, 0, {-2}, {1}),
        one_tensor(6, 5, {2}, {-1}), one_tensor(6, 0, {2}, {1, 1})})
    EXPECT_THAT(refusal(checkpoint(pickle, {kSix})), HasSubstr("tensor 'w'"));
}

TEST(TorchFile, AFewBytesDoNotBecomeGigabytes) {
  EXPECT_THAT(refusal(checkpoint(one_tensor(6, 0, {1 << 30, 1 << 10}, {0, 0}), {kSix})),
              HasSubstr("repeats"));
}

TEST(TorchFile, NothingButTensorsMayBeNamed) {
  const auto attack = PickleBytes().global("os", "system").raw("(").text("touch /tmp/x").raw("tR");
  EXPECT_THAT(refusal(checkpoint(attack)), HasSubstr("'os.system'"));
  const auto modern = PickleBytes().text("builtins").text("eval").raw("\x93)R");
  EXPECT_THAT(refusal(checkpoint(modern)), HasSubstr("'builtins.eval'"));
  const auto instance = PickleBytes().raw("(ios\nsystem\n");
  EXPECT_THAT(refusal(checkpoint(instance)), HasSubstr("opcode 0x69"));
}

TEST(TorchFile, BrokenProgramsAreRefused) {
  for (const std::string program : {"", "0", "(", "t", "R", "}u", "(u", "}(Nu", "a", "N)R", "h\x05",
                                    "]]h", "\x85", "NQ", "Q", "b", "s", "}Ns", "))Q"}) {
    SCOPED_TRACE(program);
    EXPECT_THAT(refusal(checkpoint(PickleBytes().raw(program))), HasSubstr("net.pyth"));
  }
}

TEST(TorchFile, AListThatHoldsItselfIsNoTrap) {
  const auto pickle =
      PickleBytes().raw("]q").raw(std::string(1, '\0')).raw("h").raw(std::string(1, '\0')).raw("a");
  EXPECT_THAT(refusal(checkpoint(pickle)), HasSubstr("a list"));
}

TEST(TorchFile, EntriesThatAreNoTensorsAreNamed) {
  const auto pickle = PickleBytes().raw("}(").text("lr").integer(3).raw("u");
  EXPECT_THAT(refusal(checkpoint(pickle)), HasSubstr("'lr' is an integer"));
}

TEST(TorchFile, HalfPrecisionKeepsItsType) {
  const auto pickle =
      PickleBytes().raw("}(").text("w").tensor("0", 2, 0, {2}, {1}, "HalfStorage").raw("u");
  const auto file = testing::zip_of(
      {{"n/data.pkl", pickle.finish()},
       {"n/data/0", little_endian<uint16_t>(0x3e00) + little_endian<uint16_t>(0xc000)}});
  const auto half = parse_text(file).weights.at("w");
  EXPECT_EQ(half.dtype, DType::f16);
  EXPECT_EQ(half.bytes->size(), 4u);
}

TEST(TorchFile, CompressedEntriesAreRefused) {
  const auto file = testing::zip_of({{"n/data.pkl", one_tensor(1, 0, {1}, {1}).finish(), 8}});
  EXPECT_THAT(refusal(file), HasSubstr("compressed"));
}

TEST(TorchFile, DamagedNumbersAreNoticed) {
  std::string file = checkpoint(one_tensor(6, 0, {6}, {1}), {kSix});
  const size_t at = file.find(little_endian(4.0f));
  ASSERT_NE(at, file.npos);
  file[at] = 1;
  EXPECT_THAT(refusal(file), HasSubstr("checksum"));
}

TEST(TorchFile, OtherByteOrdersAreRefused) {
  const auto pickle = one_tensor(1, 0, {1}, {1}).finish();
  const auto file = testing::zip_of(
      {{"n/data.pkl", pickle}, {"n/data/0", little_endian(1.0f)}, {"n/byteorder", "big"}});
  EXPECT_THAT(refusal(file), HasSubstr("big-endian"));
}

// A pycls checkpoint with model_state {w: 0..5} and, unless an error is empty, the keys that say
// so.
PickleBytes pycls(const std::string& errors, bool with_average) {
  PickleBytes pickle;
  pickle.raw("}(").text("model_state").raw("}(").text("w").tensor("0", 6, 0, {6}, {1}).raw("u");
  if (with_average)
    pickle.text("ema_state").raw("}(").text("w").tensor("1", 1, 0, {1}, {1}).raw("u");
  return pickle.raw(errors).raw("u");
}
std::string error_of(const std::string& key, int percent) {
  const std::string whole = PickleBytes().text(key).integer(percent).finish();
  return whole.substr(2, whole.size() - 3);
}

TEST(TorchFile, BestIsTheSmallerErrorAndTheTrainedOneIfEqual) {
  const auto taken = [](const std::string& errors, Which which = Which::best) {
    return parse_text(checkpoint(pycls(errors, true), {kSix, {9}}), which).taken;
  };
  EXPECT_EQ(taken(error_of("test_err", 20) + error_of("ema_err", 10)), Which::ema);
  EXPECT_EQ(taken(error_of("test_err", 20) + error_of("ema_err", 20)), Which::model);
  EXPECT_EQ(taken(error_of("ema_err", 10)), Which::ema);  // test_err counts as 100
  EXPECT_EQ(taken(error_of("test_err", 10)), Which::model);
  EXPECT_EQ(taken(""), Which::model);
  EXPECT_EQ(taken(error_of("test_err", 20) + error_of("ema_err", 10), Which::model), Which::model);
  EXPECT_EQ(taken("", Which::ema), Which::ema);
}

TEST(TorchFile, WithoutAnAverageTheTrainedWeightsAreTaken) {
  const auto file = checkpoint(pycls(error_of("ema_err", 10), false), {kSix});
  for (const Which which : {Which::best, Which::ema}) {
    const Loaded loaded = parse_text(file, which);
    EXPECT_EQ(loaded.taken, Which::model);
    EXPECT_EQ(values(loaded, "w"), kSix);
    EXPECT_EQ(loaded.test_err, 100);
  }
}

TEST(TorchFile, ContentDecidesAndGarbageIsNamed) {
  EXPECT_THAT(refusal("hello, this is no checkpoint"), HasSubstr("neither"));
  EXPECT_THAT(refusal(""), HasSubstr("neither"));
  EXPECT_ERROR(load("/nowhere/net.pyth"), IoError, "/nowhere/net.pyth", "No such file");
}

}  // namespace
}  // namespace nnstretch::weights
