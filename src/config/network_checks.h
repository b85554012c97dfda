// The words a network may be made of, and the checks of everything in it but the stages' lists.
#pragma once
#include <string>
#include <string_view>

#include "config/config.h"

namespace nnstretch::config {

// Stem, block, head, devices and sizes of ANYNET (plain.h: as_anynet()). ConfigError names the key
// and where it was set.
void check_network(const Config& config);

// The role or activation a value names; "swish" becomes "silu". ConfigError: none of those known.
std::string known_role(const Config& config, std::string_view key, const Value& value);
std::string known_activation(const Config& config, std::string_view key, const Value& value);

}  // namespace nnstretch::config
