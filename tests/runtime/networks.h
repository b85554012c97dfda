// Small networks and machines for the tests of this room.
#pragma once
#include "ir/text.h"
#include "runtime/machine.h"

namespace nnstretch::testing {

// Stem, two stages of a cpu and a dsp branch, head: the shape of an "R-34-CD".
inline ir::Model two_branches() {
  return {ir::parse(R"(
    x = input f32 1x4x4x4
    stem = act x @0.0.cpu
    a1 = act stem @1.0.cpu
    b1 = act stem @1.1.dsp
    m1 = concat a1 b1 @1.-1.cpu
    a2 = act m1 @2.0.cpu
    a3 = act a2 @2.0.cpu
    b2 = act m1 @2.1.dsp
    m2 = concat a3 b2 @2.-1.cpu
    head = mean m2 keep=0 @3.0.cpu
    output head)"),
          {},
          "two",
          {}};
}

// Processors of the engine "fake", one a role, not bound to cores.
inline runtime::Machine machine_of(const std::vector<std::string>& roles) {
  runtime::Machine machine;
  for (const std::string& role : roles) {
    engines::Processor processor;
    processor.name = "the_" + role;
    processor.role = role;
    processor.engine = "fake";
    machine.processors.push_back(processor);
  }
  return machine;
}

}  // namespace nnstretch::testing
