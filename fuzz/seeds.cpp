// Small valid files to start from, one folder a target: fuzz_seeds DIR
#include <cstdio>
#include <cstdlib>
// jpeglib.h uses FILE and size_t and includes neither.
#include <jpeglib.h>
#include <png.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/npy.h"
#include "data/beton_bytes.h"
#include "data/mat_bytes.h"
#include "formats/onnx/samples.h"
#include "formats/onnx/writer.h"
#include "formats/tflite/writer.h"
#include "ir/text.h"
#include "support/paths.h"
#include "weights/torch_bytes.h"
#include "weights/weights.h"

namespace nnstretch {
namespace {

using testing::PickleBytes;

// Those that a .tflite file can hold: no batch norm.
constexpr const char* kGraphs[] = {
    "x = input f32 1x8x8x4; y = conv x out=8 window=3x3/2x2 bias=1 act=relu; m = mean y keep=0; "
    "z = linear m out=5 bias=1; output z",
    "x = input f32 1x8x8x4; a = conv x out=4 window=1x1/1x1 bias=1; b = conv x out=4 "
    "window=3x3/1x1 groups=4 bias=1; c = concat a b; d = add c c; s = act d kind=sigmoid; output s",
    "x = input i8 1x4x4x8 q=0.05,-3; y = slice x size=4; p = max_pool x window=3x3/2x2; output y "
    "p"};
constexpr const char* kTrainingGraph =
    "x = input f32 1x8x8x4; y = conv x out=8 window=3x3/2x2; z = batch_norm y; a = act z; output a";

PickleBytes state_dict() {
  PickleBytes pickle;
  pickle.raw("}(").text("a.weight").tensor("0", 8, 0, {2, 2, 2}, {1, 4, 2});
  return pickle.text("b.bias").tensor("1", 4, 1, {3}, {1}).raw("u");
}

PickleBytes pycls_checkpoint() {
  PickleBytes pickle;
  pickle.raw("}(").text("epoch").integer(3).text("test_err").raw("G@9").raw(std::string(6, '\0'));
  pickle.text("cfg").text("VERBOSE: true");
  pickle.text("model_state").raw("}(").text("w").tensor("0", 8, 0, {8}, {1}).raw("u");
  pickle.text("ema_state").raw("}(").text("w").tensor("1", 4, 0, {4}, {1}).raw("u");
  pickle.text("lr").global("numpy.core.multiarray", "scalar").raw("(");
  pickle.global("numpy", "dtype").text("f8").raw("\x89\x88\x87R").global("_codecs", "encode");
  return pickle.text("12345678").text("latin1").raw("\x86RtRu");
}

// Without checksums: a fuzzer would hardly ever guess one.
std::string without_checksums(std::string zip) {
  for (const auto& [magic, offset] :
       {std::pair("PK\1\2", size_t{16}), std::pair("PK\3\4", size_t{14})})
    for (size_t at = zip.find(magic); at != zip.npos; at = zip.find(magic, at + 4))
      zip.replace(at + offset, 4, 4, '\0');
  return zip;
}

// The format before torch 1.6: magic, version, machine, data, keys, storages.
std::string older_format(const PickleBytes& data) {
  const std::string version = PickleBytes().raw("M\xe9\x03").finish();
  const std::string magic = PickleBytes()
                                .raw(
                                    "\x8a\x0al\xfc\x9c"
                                    "F\xf9 j\xa8P\x19")
                                .finish();
  const std::string machine = PickleBytes().raw("}(").text("little_endian").raw("\x88u").finish();
  const std::string keys = PickleBytes().raw("](").text("0").text("1").raw("e").finish();
  const auto storage = [](uint64_t count) {
    return testing::little_endian(count) + std::string(4 * count, 'x');
  };
  return magic + version + machine + data.finish() + keys + storage(8) + storage(4);
}

std::string jpeg(int width, int height) {
  jpeg_compress_struct codec;
  jpeg_error_mgr errors;
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = static_cast<JDIMENSION>(width);
  codec.image_height = static_cast<JDIMENSION>(height);
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_simple_progression(&codec);
  jpeg_start_compress(&codec, TRUE);
  std::string row(static_cast<size_t>(3 * width), 'q');
  auto* line = reinterpret_cast<JSAMPROW>(row.data());
  while (codec.next_scanline < codec.image_height) jpeg_write_scanlines(&codec, &line, 1);
  jpeg_finish_compress(&codec);
  std::string file(reinterpret_cast<char*>(buffer), size);
  jpeg_destroy_compress(&codec);
  std::free(buffer);
  return file;
}

std::string png(int width, int height, uint32_t format) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = format;
  const std::string pixels(PNG_IMAGE_SIZE(image), 'q');
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(size, '\0');
  png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr);
  file.resize(size);
  return file;
}

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add(const std::string& target, std::string_view bytes) {
    write_atomic(folder_ / target / std::to_string(next_++), bytes);
  }
  void add(const std::string& target, const std::vector<std::byte>& bytes) {
    add(target, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  void add_file(const std::string& target, const std::filesystem::path& from) {
    add(target, read_text(from));
  }

 private:
  std::filesystem::path folder_;
  int next_ = 0;
};

void add_graphs(Seeds& seeds) {
  seeds.add("ir_text", kTrainingGraph);
  for (const char* text : kGraphs) {
    seeds.add("ir_text", text);
    const ir::Graph graph = ir::parse(text);
    const auto weights = weights::initialise(graph);
    seeds.add("tflite", tflite::write({graph, weights, "seed", {}}));
    if (weights.size() > 0) seeds.add("safetensors", weights::to_safetensors(weights));
  }
}

void add_onnx(Seeds& seeds) {
  for (const auto& sample : testing::onnx_samples()) {
    const ir::Model model = testing::sample_model(sample.text);
    for (const int opset : {13, 20}) seeds.add("onnx", onnx::write(model, {opset}));
  }
}

void add_checkpoints(Seeds& seeds) {
  const std::vector<std::vector<float>> storages = {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4}};
  for (const auto& pickle : {state_dict(), pycls_checkpoint()}) {
    seeds.add("pickle", pickle.finish());
    seeds.add("pyth", without_checksums(testing::checkpoint(pickle, storages)));
    seeds.add("pyth", older_format(pickle));
  }
}

void add_pictures(Seeds& seeds) {
  seeds.add("image", jpeg(9, 7));
  for (const uint32_t format :
       std::initializer_list<uint32_t>{PNG_FORMAT_RGB, PNG_FORMAT_RGBA, PNG_FORMAT_GRAY})
    seeds.add("image", png(5, 3, format));
}

void add_arrays(Seeds& seeds) {
  const testing::TemporaryFolder folder;
  write_npy(folder / "seed.npy", {DType::f32, {2, 3}, std::vector<std::byte>(24)});
  seeds.add_file("npy", folder / "seed.npy");
}

void add_texts(Seeds& seeds) {
  seeds.add("benchmark_model",
            "INFO: count=5 first=9 curr=8 min=7 max=9 avg=8.1 std=1\ncount=50 curr=7(all same)\n"
            "Memory footprint delta from the start of the tool (MB): init=2.125 overall=10.5\n"
            "Timings (microseconds): count=50 first=9 curr=8 min=6 max=9 avg=7.5 std=1 p5=6\n"
            "#Power (moving): 16.5\n");
  seeds.add("config",
            "ANYNET:\n  DEPTHS: [[1, 2], [2]]\n  STRIDES: [2, 2]\n  DEVICES: [cpu, dsp]\n"
            "OPTIM: {BASE_LR: 5e-5, STEPS: [0, '8']}\nVERBOSE: true\nDESC: null\n");
  seeds.add("costs",
            "name: n\nerror: none\nprocessors:\n  cpu: {dense_ps: 4.5, pointwise_ps: 3, byte_ps: "
            "200, operator_us: 30}\n");
  seeds.add("json", R"({"schema": 1, "configs": {"a\"[": {"runs_us": [1.5, 2e3], "x": null}}})");
  seeds.add("other_machine",
            "\n== architecture\naarch64\n== user\n2000\n== page\nKernelPageSize:  4 kB\n"
            "== properties\n[ro.product.model]: [Pixel 6]\n[a]: [b\nc]\n== power\ncapacity 83\n"
            "status Charging\ntemp 287\n== folder\n/data/local/tmp/x\n== space\n"
            "/dev/dm-8 115 40 75 35% /data\n== pushed\nbundle.0\na.part\n== versions\n"
            "bundle.0 0.1.0 (3f2a1bc)\n== refusal\n== end\n");
  seeds.add("other_machine", "nnstretch-ended 139\r");
  seeds.add("other_machine", "t=349\nCH0(T=349)[S10M_VDD_TPU], 2813\nCH1(T=349)[L2S], 0\n");
  seeds.add("other_machine", "IsStatusOverride: false\nThermal Status: 2\n");
  seeds.add("other_machine", "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n");
  seeds.add(
      "profile",
      R"({"schema":1,"machine":"m","cpu":"c","cores":2,"engines":{"openvino":"1","qnn":null},)"
      R"("processors":[{"name":"a","role":"cpu","kind":"k","clock":"CPU time",)"
      R"("stand_in":false}],"program":"p","time":"t"})"
      "\n"
      R"({"on":"k","series":"s","depth":1,"width":8,"w_in":8,"us":1.5,"held_out":true})"
      "\n"
      R"({"on":"k","together":1.3})"
      "\n"
      R"({"anchor":"n","on":"k","us":7})"
      "\n");
  seeds.add("machine",
            "processors:\n  - {name: a, role: cpu, also: [gpu], engine: auto, cores: [0, 1], "
            "threads: 2, precision: int8}\n  - {name: b, role: dsp, cores: [3], stand_in: true}\n");
}

void add_data_sets(Seeds& seeds) {
  seeds.add("beton", data::BetonBytes().bytes);
  seeds.add("cifar", std::string(2 * 3073, '\3'));
  for (const char* name : {"cifar-python2", "cifar-protocol2", "cifar-protocol4"})
    seeds.add_file("cifar", std::filesystem::path(NNSTRETCH_SOURCE_FOLDER) / "tests/data/data" /
                                (std::string(name) + ".pickle"));
  using namespace testing::mat;
  seeds.add("synsets", header() + synsets());
  seeds.add("synsets", header() + packed(synsets()));
}

}  // namespace
}  // namespace nnstretch

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: fuzz_seeds DIR\n", stderr), 2;
  nnstretch::Seeds seeds(arguments[1]);
  nnstretch::add_graphs(seeds);
  nnstretch::add_onnx(seeds);
  nnstretch::add_checkpoints(seeds);
  nnstretch::add_pictures(seeds);
  nnstretch::add_arrays(seeds);
  nnstretch::add_texts(seeds);
  nnstretch::add_data_sets(seeds);
}
