// meta.mat of ImageNet's development kit: every class has a WordNet id.
#include "data/imagenet_synsets.h"

#include "data/imagenet_labels.h"
#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  data::SynsetIds ids;
  fuzz::accepts([&] { ids = data::parse_synsets(fuzz::bytes_of(data, size), "fuzz.mat"); });
  for (const auto& [id, name] : ids)
    fuzz::promise(id >= 0 && data::is_wordnet_id(name), "a WordNet id");
  return 0;
}
