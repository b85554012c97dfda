// .tflite files. One that is accepted is a sound model: its weights fit its graph.
#include "formats/tflite/reader.h"

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<ir::Model> model;
  if (!fuzz::accepts([&] { model = tflite::read(fuzz::bytes_of(data, size), "fuzz.tflite"); }))
    return 0;
  ir::check_weights(model->graph, model->weights);
  return 0;
}
