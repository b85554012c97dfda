// What the library has to say beside errors: which engine it goes on without, what it assumed.
//     nnstretch::log_to([](nnstretch::Severity, std::string_view line) { ... });
#pragma once
#include <functional>
#include <string_view>

namespace nnstretch {

enum class Severity { info, warning };

// Lines of all threads go here from now on, one at a time; the function must not call nnstretch.
// Without one they go nowhere: nnstretch itself prints nothing. Libraries of engines may.
// What concerns one network is in Network::fallbacks() and notes() too.
void log_to(std::function<void(Severity severity, std::string_view line)> sink);

}  // namespace nnstretch
