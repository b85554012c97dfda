// Builds a graph with the installed library and prints it.
#include <cstdio>

#include "ir/text.h"

int main() {
  const auto graph = nnstretch::ir::parse("x = input f32 1x8x8x4; y = conv x out=16; output y");
  std::puts(nnstretch::ir::print(graph).c_str());
}
