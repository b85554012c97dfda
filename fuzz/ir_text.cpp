// Graphs as text. One that is accepted prints to text that parses to the same print.
#include "ir/text.h"

#include <optional>

#include "harness.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::optional<ir::Graph> graph;
  if (!fuzz::accepts([&] { graph = ir::parse(fuzz::text_of(data, size)); })) return 0;
  const std::string text = ir::print(*graph);
  fuzz::promise(ir::print(ir::parse(text)) == text, "print(parse(print(graph))) == print(graph)");
  return 0;
}
