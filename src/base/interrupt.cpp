#include "base/interrupt.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/flags.h"
#include "base/names.h"

namespace nnstretch {
namespace {

std::string message;  // which a handler may read: it does not change while one is set

extern "C" void say_and_end(int signal) {
  size_t done = 0;
  while (done < message.size()) {
    const ssize_t count = ::write(STDERR_FILENO, message.data() + done, message.size() - done);
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

OnInterrupt::OnInterrupt(const std::string& text) {
  const auto columns = columns_of(STDERR_FILENO);
  const std::string line = "nnstretch: interrupted: " + printable(with_flags(text));
  message = columns ? fmt::format("\r\033[K{}\n", wrapped(line, *columns, 2)) : line + "\n";
  struct sigaction action {};
  action.sa_handler = say_and_end;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, nullptr, &before_);
  if (before_.sa_handler != SIG_IGN) ::sigaction(SIGINT, &action, nullptr);
}

OnInterrupt::~OnInterrupt() { ::sigaction(SIGINT, &before_, nullptr); }

}  // namespace nnstretch
