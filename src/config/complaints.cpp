#include "config/complaints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nnstretch::config {

void fail(const Config& config, std::string_view key, std::string what, std::string fix) {
  throw ConfigError(
      {.what = fmt::format("{} {}", key, what), .where = config.where(key), .fix = std::move(fix)});
}

void one_of(const Config& config, std::string_view key, const std::string& value,
            std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  fail(config, key, fmt::format("is '{}'", value),
       fmt::format("write one of {}", fmt::join(allowed, ", ")));
}

void in_range(const Config& config, std::string_view key, int value, int least, int most) {
  if (value < least || value > most)
    fail(config, key, fmt::format("is {}", value),
         fmt::format("write a number from {} to {}", least, most));
}

}  // namespace nnstretch::config
