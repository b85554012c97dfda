// CIFAR-10, binary and pickled.
#include "data/cifar.h"

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  for (const auto parse : {data::parse_cifar_binary, data::parse_cifar_pickle})
    fuzz::accepts([&] {
      const data::CifarBatch batch = parse(fuzz::bytes_of(bytes, size), "fuzz");
      fuzz::promise(batch.planes.size() == 3072 * batch.labels.size(), "a picture a label");
      for (const int64_t label : batch.labels)
        fuzz::promise(label >= 0 && label < data::Cifar::classes, "labels are classes");
    });
  return 0;
}
