// A network of two branches on a cpu and a dsp whose engine does what a test wants.
#pragma once
#include "api/impl.h"
#include "runtime/sessions.h"

namespace nnstretch::testing {

class FakeNetwork {
 public:
  Network network() const {
    return Network(std::make_shared<const Network::Impl>(
        compiled(engine, model_, machine_of({"cpu", "dsp"}))));
  }
  Bytes input() const { return random_inputs(model_.graph, 1)[0]; }
  Bytes expected() const { return fake_evaluate(model_.graph, {input()})[0]; }

  FakeEngine engine;

 private:
  ir::Model model_ = two_branches();
};

}  // namespace nnstretch::testing
