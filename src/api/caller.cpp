#include "api/caller.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::api {

void check_address(std::string_view what, std::span<const std::byte> given) {
  if (given.data() || given.empty()) return;
  throw ShapeError({.what = fmt::format("the {} has {} bytes at address 0", what, given.size()),
                    .fix = "give memory that is there"});
}

Caller::Call::Call(Caller& caller, std::string_view what) : caller_(caller) {
  caller.birthplace_.check(what);
  std::thread::id nobody;
  if (!caller.inside_.compare_exchange_strong(nobody, std::this_thread::get_id(),
                                              std::memory_order_acquire))
    caller.refuse(what);
}

void Caller::refuse(std::string_view what) const {
  if (is_this_thread())
    throw UsageError({.what = fmt::format("this {} is called from its own function", what),
                      .fix = "call it after that has returned"});
  throw UsageError({.what = fmt::format("another thread is inside this {}", what),
                    .fix = "give each thread one of its own; they share the network"});
}

}  // namespace nnstretch::api
