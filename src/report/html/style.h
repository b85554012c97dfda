// The one style sheet and the one script of a page of results, and what its Content-Security-Policy
// says of them: nothing else may be loaded or run.
#pragma once
#include <string_view>

namespace nnstretch::report::html {

std::string_view style();
std::string_view script();  // sorts, filters, switches dark and light; without it all can be read
// "sha256-..." of each, as browsers count it; tests/e2e/report.py works them out again.
std::string_view style_hash();
std::string_view script_hash();

}  // namespace nnstretch::report::html
