// Pickles by themselves: without an archive around them the fuzzer reaches every opcode.
#include "weights/pickle.h"

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::accepts([&] {
    const auto pickle = weights::pickle::parse(fuzz::bytes_of(data, size), "fuzz.pkl");
    fuzz::promise(pickle.length <= size && pickle.root < pickle.values.size(), "a sound result");
  });
  return 0;
}
