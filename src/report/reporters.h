// The forms that a report can have; what emit() and write_trace() choose from.
#pragma once
#include <memory>

#include "report/reporter.h"

namespace nnstretch::report {

std::unique_ptr<Reporter> text_reporter();      // columns for a terminal
std::unique_ptr<Reporter> markdown_reporter();  // tables as GitHub shows them
std::unique_ptr<Reporter> csv_reporter();       // the first table, RFC 4180
std::unique_ptr<Reporter> json_reporter();
std::unique_ptr<Reporter> trace_reporter();  // chrome://tracing, ui.perfetto.dev
std::unique_ptr<Reporter> svg_reporter();    // a row a processor, a box a part

}  // namespace nnstretch::report
