// What the program finds in libnnstretch_engine_qnn.so.
#include "engines/module.h"
#include "base/stdout_guard.h"
#include "engines/qnn/qnn_engine.h"

namespace {

using namespace nnstretch::engines;

std::unique_ptr<const Engine> make(const Host& host) {
  nnstretch::StdoutGuard::wait_for(host.one_stdout_guard);
  return std::make_unique<QnnEngine>(host.libraries);
}

}  // namespace

const Module nnstretch_engine = {kBuild, make};
