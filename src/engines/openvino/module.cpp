// What the program finds in libnnstretch_engine_openvino.so.
#include "engines/module.h"
#include "engines/openvino/openvino_engine.h"

namespace {

using namespace nnstretch::engines;

std::unique_ptr<const Engine> make(const Host&) { return std::make_unique<OpenVinoEngine>(); }

}  // namespace

const Module nnstretch_engine = {kBuild, make};
