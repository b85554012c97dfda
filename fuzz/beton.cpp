// FFCV's files.
#include "data/beton.h"

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::accepts([&] {
    const data::BetonIndex index = data::parse_beton(fuzz::bytes_of(data, size), "fuzz.beton");
    for (const data::BetonRecord& record : index.records) {
      fuzz::promise(record.offset <= size && record.size <= size - record.offset,
                    "samples lie inside the file");
      fuzz::promise(record.label >= 0 && record.label < index.classes, "labels are classes");
    }
  });
  return 0;
}
