// Files of torch.save, zip and older: each of the two states they may hold.
#include "harness.h"
#include "weights/weights.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = fuzz::bytes_of(data, size);
  for (const auto which : {weights::Which::model, weights::Which::ema})
    fuzz::accepts([&] {
      for (const auto& [name, tensor] : weights::parse(bytes, "fuzz.pyth", which).weights)
        if (!tensor.bytes->empty())
          fuzz::promise(tensor.bytes->size() ==
                            static_cast<size_t>(ir::count(tensor.shape)) * size_of(tensor.dtype),
                        "as many bytes as the shape says");
    });
  return 0;
}
