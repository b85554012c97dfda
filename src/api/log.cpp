#include "nnstretch/log.h"

#include "api/call.h"
#include "base/log.h"

namespace nnstretch {

void log_to(std::function<void(Severity severity, std::string_view line)> sink) {
  api::translated([&] {
    if (!sink) return log::use_sink(nullptr);
    log::use_sink([sink = std::move(sink)](bool warning, std::string_view line) {
      sink(warning ? Severity::warning : Severity::info, line);
    });
  });
}

}  // namespace nnstretch
