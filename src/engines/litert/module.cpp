// What the program finds in libnnstretch_engine_litert.so.
#include "engines/module.h"
#include "base/stdout_guard.h"
#include "engines/litert/litert_engine.h"

namespace {

using namespace nnstretch::engines;

std::unique_ptr<const Engine> make(const Host& host) {
  nnstretch::StdoutGuard::wait_for(host.one_stdout_guard);
  return std::make_unique<LiteRtEngine>();
}

}  // namespace

const Module nnstretch_engine = {kBuild, make};
