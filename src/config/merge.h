// One key at a time into a configuration, with its type checked.
#pragma once
#include <string>

#include "config/config.h"
#include "config/yaml_tree.h"

namespace nnstretch::config {

// Where a value comes from: "FILE:LINE" or "command line".
using Origin = std::string;

// Sets a key by its full name. A string is read as a Python literal first; null gives the default
// back. ConfigError: no such key (names the nearest), a section, or a value of another type.
void set(Config& config, const std::string& key, const Value& value, const Origin& origin);

enum class Unknown { refused, kept };  // kept: in Config::others

// Every key of a file's tree, which must be a mapping or null.
void merge_tree(Config& config, const Tree& tree, const std::string& file,
                Unknown unknown = Unknown::refused);

}  // namespace nnstretch::config
