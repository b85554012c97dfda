#include "engines/litert/handles.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace nnstretch::engines::litert {
namespace {

std::string words(LiteRtStatus status) {
  constexpr std::array<std::string_view, 9> names = {"ok",
                                                     "invalid argument",
                                                     "out of memory",
                                                     "runtime failure",
                                                     "missing input tensor",
                                                     "unsupported",
                                                     "not found",
                                                     "timeout expired",
                                                     "wrong version"};
  if (status > 0 && static_cast<size_t>(status) < names.size())
    return fmt::format("{} (status {})", names[static_cast<size_t>(status)], status);
  return fmt::format("status {}", status);
}

}  // namespace

void check(LiteRtStatus status, std::string_view doing, const std::string& where) {
  if (status == kLiteRtStatusOk) return;
  throw EngineError({.what = fmt::format("LiteRT could not {}: {}", doing, words(status)),
                     .where = where,
                     .fix = "`nnstretch devices` shows which engines work here"});
}

}  // namespace nnstretch::engines::litert
