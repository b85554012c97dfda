// YAML configurations. One that is accepted comes back the same after dump() and parse(); one that
// a checkpoint holds with the keys of other programs.
#include "config/config.h"

#include <optional>

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<config::Config> config, kept;
  if (fuzz::accepts([&] { kept = config::parse_kept(fuzz::text_of(data, size), "fuzz.yaml"); })) {
    const config::Config again = config::parse_kept(config::dump(*kept), "dump.yaml");
    fuzz::promise(again == *kept && again.others == kept->others,
                  "parse_kept(dump(config)) == config");
  }
  if (!fuzz::accepts([&] { config = config::parse(fuzz::text_of(data, size), "fuzz.yaml"); }))
    return 0;
  fuzz::promise(config::parse(config::dump(*config), "dump.yaml") == *config,
                "parse(dump(config)) == config");
  return 0;
}
