// Small networks and machines for the tests of this room.
#pragma once
#include "ir/text.h"
#include "plan/machine.h"

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
inline plan::Machine machine_of(const std::vector<std::string>& roles) {
  plan::Machine machine;
  for (const std::string& role : roles) {
    engines::Processor processor;
    processor.name = "the_" + role;
    processor.role = role;
    processor.engine = "fake";
    machine.processors.push_back(processor);
  }
  return machine;
}

// Two cores of the reference engine.
inline plan::Machine two_cores() {
  plan::Machine machine;
  for (int i = 0; i < 2; ++i) {
    engines::Processor core;
    core.name = "core" + std::to_string(i);
    core.role = i ? "dsp" : "cpu";
    core.engine = "reference";
    core.cores = {i};
    machine.processors.push_back(core);
  }
  return machine;
}

// A stem and a head worth sharing, and a stage of two branches between them.
inline constexpr std::string_view kLoneWork = R"(
  x = input i8 1x64x64x3 q=0.1,0
  stem = conv x out=64 window=7x7/2x2 bias=1 q=0.1,0 @0.0.cpu
  a = conv stem out=16 window=3x3/2x2 q=0.1,0 @1.0.cpu
  b = conv stem out=16 window=3x3/2x2 q=0.1,0 @1.1.dsp
  m = concat a b @1.-1.cpu
  wide = conv m out=512 window=1x1/1x1 bias=1 q=0.1,0 @2.0.cpu
  mean = mean wide keep=0 q=0.1,0 @2.0.cpu
  head = linear mean out=2048 q=0.1,0 @2.0.cpu
  output head)";

}  // namespace nnstretch::testing
