// Machine files, on a computer of four cores. One that is accepted is written and read again.
#include "plan/machine.h"

#include <optional>

#include "harness.h"
#include "support/engine_list.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Topology kFourCores = {{{.id = 0, .first_sibling = 0},
                                       {.id = 1, .first_sibling = 1},
                                       {.id = 2, .first_sibling = 2},
                                       {.id = 3, .first_sibling = 3}}};
  std::optional<plan::Machine> machine;
  const std::string text(fuzz::text_of(data, size));
  if (!fuzz::accepts([&] {
        machine = plan::parse_machine(text, "fuzz.yaml", kFourCores, testing::engine_list().all());
      }))
    return 0;
  const std::string written = plan::write_machine(*machine);
  fuzz::promise(plan::write_machine(plan::parse_machine(written, "again.yaml", kFourCores,
                                                        testing::engine_list().all())) == written,
                "a written machine file reads as it was");
  return 0;
}
