// .safetensors files. One that is accepted is written again, and that file is read the same.
#include "weights/safetensors.h"

#include <optional>

#include "harness.h"
#include "weights/weights.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<ir::WeightStore> store;
  if (!fuzz::accepts([&] {
        store = weights::parse_safetensors(fuzz::bytes_of(data, size), "fuzz.safetensors");
      }))
    return 0;
  const auto file = weights::to_safetensors(*store);
  const auto again = weights::parse_safetensors(file, "again.safetensors");
  fuzz::promise(weights::to_safetensors(again) == file, "the same store gives the same bytes");
  return 0;
}
