// NumPy arrays.
#include "base/npy.h"

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::accepts([&] {
    const NpyArray array = parse_npy(fuzz::bytes_of(data, size), "fuzz.npy");
    fuzz::promise(array.bytes.size() <= size, "no more data than the file has");
  });
  return 0;
}
