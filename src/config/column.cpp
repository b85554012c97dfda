#include "config/column.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::config {

void Column::fail(std::string what, std::string fix) const {
  throw ConfigError(
      {.what = fmt::format("{} {}", key, what), .where = config.where(key), .fix = std::move(fix)});
}

void Column::fail(size_t stage, std::string what, std::string fix) const {
  fail(fmt::format("stage {}: {}", stage + 1, what), std::move(fix));
}

size_t Column::branches(size_t stage) const {
  if (absent()) return no_limit;
  const auto* entries = list[stage].get_if<List>();
  return entries ? entries->size() : no_limit;
}

const Value& Column::at(size_t stage, size_t branch) const {
  const auto* entries = list[stage].get_if<List>();
  return entries ? (*entries)[branch] : list[stage];
}

int Column::whole(size_t stage, const Value& value, int least, int most) const {
  const auto* number = value.get_if<int64_t>();
  if (!number)
    fail(stage, fmt::format("{} is of type {}", to_yaml(value), type_name(value)),
         "write a whole number");
  if (*number < least || *number > most)
    fail(stage, fmt::format("{} is out of range", *number),
         fmt::format("write a number from {} to {}", least, most));
  return static_cast<int>(*number);
}

}  // namespace nnstretch::config
