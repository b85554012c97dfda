// Errors of a reader, with the file they are about.
#pragma once
#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::formats {

// read(), whose FormatError and ShapeError get `where` in front of their own place.
auto located(const std::string& where, auto&& read) {
  const auto move = [&]<class E>(const E& error) -> E {
    const auto& [what, inner, fix] = error.message();
    if (inner.starts_with(where)) return error;
    return E({what, inner.empty() ? where : fmt::format("{}: {}", where, inner), fix});
  };
  try {
    return read();
  } catch (const FormatError& error) {
    throw move(error);
  } catch (const ShapeError& error) {
    throw move(error);
  }
}

}  // namespace nnstretch::formats
