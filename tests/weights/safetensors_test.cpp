#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/errors.h"
#include "support/paths.h"
#include "torch_bytes.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using testing::bytes_of;
using ::testing::HasSubstr;
using testing::little_endian;

std::string with_header(const std::string& header, const std::string& data = "") {
  return little_endian<uint64_t>(header.size()) + header + data;
}

// Python's safetensors made it:
//   save({"conv.weight": arange(8, f32).reshape(2,1,2,2)/8 - 0.25, "bn.bias": array([1.5,-2], f16),
//         "bn.num_batches_tracked": array(7, i64), "fc.weight": array([[.1,.2,.3]], f64)},
//        metadata={"format": "pt"})
std::string by_the_format_s_own_library() {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("fc.weight":{"dtype":"F64","shape":[1,3],"data_offsets":[8,32]},)"
      R"("conv.weight":{"dtype":"F32","shape":[2,1,2,2],"data_offsets":[32,64]},)"
      R"("bn.bias":{"dtype":"F16","shape":[2],"data_offsets":[64,68]}}   )";
  std::string data = little_endian<int64_t>(7);
  for (const double value : {0.1, 0.2, 0.3}) data += little_endian(value);
  for (int i = 0; i < 8; ++i) data += little_endian(static_cast<float>(i) / 8 - 0.25f);
  return with_header(header,
                     data + little_endian<uint16_t>(0x3e00) + little_endian<uint16_t>(0xc000));
}

ir::WeightStore parse_text(const std::string& file) {
  return parse(bytes_of(file), "net.safetensors").weights;
}

std::string refusal(const std::string& file) {
  try {
    parse_text(file);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Safetensors, ReadsWhatTheFormatsOwnLibraryWrites) {
  const auto store = parse_text(by_the_format_s_own_library());
  ASSERT_EQ(store.size(), 4u);
  EXPECT_EQ(store.at("conv.weight").shape, (ir::Shape{2, 1, 2, 2}));
  EXPECT_EQ(store.at("conv.weight").as<float>()[7], 0.625f);
  EXPECT_EQ(store.at("fc.weight").as<double>()[2], 0.3);
  EXPECT_EQ(store.at("bn.num_batches_tracked").as<int64_t>()[0], 7);
  EXPECT_EQ(store.at("bn.bias").dtype, DType::f16);
}

TEST(Safetensors, WritesTheSameBytesAsTheFormatsOwnLibrary) {
  const std::string file = by_the_format_s_own_library();
  const auto written = to_safetensors(parse_text(file));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(written.data()), written.size()), file);
}

TEST(Safetensors, AFileComesBackAsItWas) {
  ir::WeightStore store;
  store.set("b.weight", initial_value("b.weight", {5, 3, 3, 3}));
  store.set("a.running_mean", initial_value("a.running_mean", {7}));
  store.set("empty.bias", initial_value("empty.bias", {0}));
  testing::TemporaryFolder folder;
  write_safetensors(folder / "net.pyth", store);  // the name does not matter
  const auto back = load(folder / "net.pyth").weights;
  ASSERT_EQ(back.size(), store.size());
  for (const auto& [name, tensor] : store) {
    EXPECT_EQ(back.at(name).shape, tensor.shape);
    EXPECT_EQ(*back.at(name).bytes, *tensor.bytes);
  }
}

TEST(Safetensors, Int8ScalesHaveNoPlace) {
  ir::WeightStore store;
  const std::vector<int8_t> values = {1, 2};
  store.set("w", ir::make_tensor<int8_t>({2}, values, {0.5f, 0.25f}));
  EXPECT_ERROR(to_safetensors(store), FormatError, "w: ", "int8 scales");
}

TEST(Safetensors, OffsetsMustFitShapeFileAndNeighbours) {
  const std::string eight(8, 'x');
  const auto entry = [](const std::string& name, const std::string& shape, const std::string& at) {
    return "\"" + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + at + "}";
  };
  const auto file = [&](const std::string& entries) {
    return with_header("{" + entries + "}", eight);
  };
  EXPECT_EQ(parse_text(file(entry("a", "[2]", "[0,8]"))).size(), 1u);
  EXPECT_THAT(refusal(file(entry("a", "[3]", "[0,8]"))), HasSubstr("do not fit its shape"));
  EXPECT_THAT(refusal(file(entry("a", "[2]", "[8,0]"))), HasSubstr("do not fit its shape"));
  EXPECT_THAT(refusal(file(entry("a", "[1]", "[0,4]"))), HasSubstr("the file has 8"));
  EXPECT_THAT(refusal(file(entry("a", "[1]", "[4,8]"))), HasSubstr("begins at byte 4"));
  EXPECT_THAT(refusal(file(entry("a", "[4]", "[0,16]"))), HasSubstr("16 bytes"));
  EXPECT_THAT(refusal(file(entry("a", "[2]", "[0,8]") + "," + entry("b", "[1]", "[4,8]"))),
              HasSubstr("begins at byte 4"));
  EXPECT_THAT(refusal(file(entry("a", "[4294967296,4294967296,4]", "[0,0]"))),
              HasSubstr("too large"));
  EXPECT_THAT(refusal(file(entry("a", "[-1]", "[0,8]"))), HasSubstr("tensor 'a'"));
  EXPECT_THAT(refusal(file(entry("a", "[2]", "[0]"))), HasSubstr("tensor 'a'"));
  EXPECT_THAT(refusal(file(entry("a", "2", "[0,8]"))), HasSubstr("tensor 'a'"));
}

TEST(Safetensors, HeadersThatAreNoneAreRefused) {
  EXPECT_THAT(refusal(with_header("{\"a\":")), HasSubstr("net.safetensors: no JSON"));
  EXPECT_THAT(refusal(with_header("{" + std::string(100000, '['))), HasSubstr("deeper than 4"));
  EXPECT_THAT(refusal(with_header(R"({"a":3})")), HasSubstr("tensor 'a'"));
  EXPECT_THAT(
      refusal(with_header(R"({"a":{"dtype":"F8_E4M3","shape":[],"data_offsets":[0,1]}})", "x")),
      HasSubstr("F8_E4M3"));
}

}  // namespace
}  // namespace nnstretch::weights
