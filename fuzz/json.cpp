// JSON of strangers. What is accepted can be copied, written, and read again as it was.
#include "base/json.h"

#include <optional>

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<nlohmann::json> json;
  if (!fuzz::accepts([&] { json = parse_json(fuzz::text_of(data, size), "fuzz.json"); })) return 0;
  const nlohmann::json copy = *json;
  fuzz::promise(parse_json(copy.dump(), "again.json") == *json, "what is written is read");
  return 0;
}
