#include "api/call.h"

#include <fmt/format.h>
#include <pthread.h>

#include <exception>
#include <filesystem>
#include <mutex>
#include <new>
#include <system_error>

#include "base/error.h"
#include "base/log.h"

namespace nnstretch::api {

void be_silent() {
  static std::once_flag once;
  std::call_once(once, [] { log::use_sink(nullptr); });
}

void rethrow_as_error() {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw EngineError({.what = "out of memory"});
  } catch (const std::filesystem::filesystem_error& error) {
    throw IoError({.what = error.code().message(), .where = error.path1().string()});
  } catch (const std::system_error& error) {  // of a thread, a lock
    throw EngineError({.what = "the system refuses: " + error.code().message()});
  } catch (const std::exception& error) {
    throw EngineError({.what = error.what()});
  } catch (...) {
    throw EngineError({.what = "something was thrown that is no exception"});
  }
}

void refuse_moved_from(std::string_view what) {
  throw UsageError({.what = fmt::format("this {} was moved from", what),
                    .fix = "use the object that it was moved to"});
}

std::atomic<unsigned> Birthplace::forks_so_far = 0;

// Counted by the system's handler: to ask for the process in each call takes longer than all else
// in it.
Birthplace::Birthplace() {
  static const int counts = ::pthread_atfork(
      nullptr, nullptr, [] { forks_so_far.fetch_add(1, std::memory_order_relaxed); });
  if (counts) throw std::system_error(counts, std::generic_category());
  forks_ = forks_so_far.load(std::memory_order_relaxed);
}

void Birthplace::check(std::string_view what) const {
  if (is_here()) return;
  throw UsageError(
      {.what = fmt::format("this {} was made before a fork; its threads are in the other process",
                           what),
       .fix = "compile the network and make its sessions after the fork"});
}

}  // namespace nnstretch::api
