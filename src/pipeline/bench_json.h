// Results as JSON; the fields are those of docs/results.md and only ever grow.
#pragma once
#include "pipeline/bench.h"
#include "pipeline/context.h"

namespace nnstretch::pipeline {

// Schema 1 of `bench --json`, without "model" and "context".
Json to_json(const BenchResult& result);

}  // namespace nnstretch::pipeline
