// JPEG and PNG pictures.
#include "image/image.h"

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::accepts([&] {
    const auto image = image::decode(fuzz::bytes_of(data, size), "fuzz.jpg");
    fuzz::promise(image.rgb.size() == size_t{3} * static_cast<size_t>(image.height) *
                                          static_cast<size_t>(image.width),
                  "three bytes a pixel");
  });
  return 0;
}
