// Refusing a value of a configuration: every complaint names the key and where it was set.
//     in_range(config, "ANYNET.STEM_W", config.anynet.stem_w, 1, 65536);
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "config/config.h"

namespace nnstretch::config {

// "FILE:LINE: KEY WHAT: FIX"
[[noreturn]] void fail(const Config& config, std::string_view key, std::string what,
                       std::string fix);

// ConfigError: another value than these.
void one_of(const Config& config, std::string_view key, const std::string& value,
            std::initializer_list<std::string_view> allowed);
// ConfigError: outside of [least, most].
void in_range(const Config& config, std::string_view key, int value, int least, int most);

}  // namespace nnstretch::config
