// .onnx files. One that is accepted is a sound model: its weights fit its graph, and where it can
// be written, what is written is read again.
#include "formats/onnx/reader.h"

#include "formats/onnx/writer.h"
#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<ir::Model> model;
  if (!fuzz::accepts([&] { model = onnx::read(fuzz::bytes_of(data, size), "fuzz.onnx"); }))
    return 0;
  ir::check_weights(model->graph, model->weights);
  std::vector<std::byte> bytes;
  if (!fuzz::accepts([&] { bytes = onnx::write(*model); })) return 0;
  fuzz::promise(fuzz::accepts([&] { onnx::read(bytes, "again.onnx"); }), "what is written is read");
  return 0;
}
