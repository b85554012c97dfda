// All of nnstretch's interface for programs. docs/api.md shows its use.
//     nnstretch::Network network(nnstretch::Model::read("R-50-CD.tflite"));
//     nnstretch::Session session(network);
//     session.run(input, output);
#pragma once
#include "nnstretch/bench.h"    // IWYU pragma: export
#include "nnstretch/engines.h"  // IWYU pragma: export
#include "nnstretch/error.h"    // IWYU pragma: export
#include "nnstretch/log.h"      // IWYU pragma: export
#include "nnstretch/model.h"    // IWYU pragma: export
#include "nnstretch/network.h"  // IWYU pragma: export
#include "nnstretch/session.h"  // IWYU pragma: export
#include "nnstretch/stream.h"   // IWYU pragma: export
#include "nnstretch/top.h"      // IWYU pragma: export
