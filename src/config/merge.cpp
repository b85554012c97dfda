#include "config/merge.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "config/keys.h"
#include "config/python_literal.h"

namespace nnstretch::config {
namespace {

std::string shortened(std::string text) {
  constexpr size_t longest = 60;
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

template <class T>
constexpr std::string_view word_for() {
  if constexpr (std::is_same_v<T, bool>) return "bool";
  if constexpr (std::is_same_v<T, int>) return "int";
  if constexpr (std::is_same_v<T, double>) return "float";
  if constexpr (std::is_same_v<T, std::string>) return "str";
  if constexpr (std::is_same_v<T, List>) return "list";
}

// How to write what was probably meant.
template <class T>
std::string advice(const Value& value) {
  const auto* whole = value.get_if<int64_t>();
  const auto* word = value.get_if<std::string>();
  if constexpr (std::is_same_v<T, double>) {
    if (whole) return fmt::format("write {}.0", *whole);
    return "write a number with a point";
  } else if constexpr (std::is_same_v<T, bool>) {
    if (word && (*word == "true" || *word == "false"))
      return *word == "true" ? "write True" : "write False";
    return "write True or False";
  } else if constexpr (std::is_same_v<T, int>) {
    return "write a whole number without a point";
  } else if constexpr (std::is_same_v<T, std::string>) {
    const std::string text = shortened(to_yaml(value));
    return fmt::format("write \"'{}'\": quotes within quotes keep it text", text);
  } else {
    return "write a list; on the command line with words in quotes, as in \"['cpu', 'gpu']\"";
  }
}

// False: another type. Exact, as in pycls: 1 is no float and 0 no bool.
template <class T>
bool assign(T& member, const Value& value) {
  const auto* given = value.get_if<T>();
  if (given) member = *given;
  return given != nullptr;
}
template <>
bool assign(int& member, const Value& value) {
  const auto* given = value.get_if<int64_t>();
  if (!given || *given < std::numeric_limits<int>::min() ||
      *given > std::numeric_limits<int>::max())
    return false;
  member = static_cast<int>(*given);
  return true;
}

template <class T>
void assign_or_throw(T& member, const std::string& key, const Value& value, const Origin& origin) {
  if (assign(member, value)) return;
  const auto* whole = value.get_if<int64_t>();
  const bool too_large = std::is_same_v<T, int> && whole;
  const std::string text = shortened(to_yaml(value));
  throw ConfigError({.what = too_large ? fmt::format("{} cannot hold {}", key, text)
                                       : fmt::format("{} is of type {}, {} is of type {}", key,
                                                     word_for<T>(), text, type_name(value)),
                     .where = origin,
                     .fix = too_large ? "write a number of 32 bits" : advice<T>(value)});
}

template <class T>
void give_default(T& member, const std::string& key) {
  const Config defaults;
  for_each_key(defaults, [&](const std::string& name, const auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, T>)
      if (name == key) member = value;
  });
}

Value literal_or_text(const Value& value) {
  const auto* text = value.get_if<std::string>();
  if (!text) return value;
  return python_literal(*text).value_or(value);
}

[[noreturn]] void unknown(const std::string& key, const Origin& origin) {
  throw ConfigError({.what = fmt::format("unknown key {}", shortened(key)),
                     .where = origin,
                     .fix = fmt::format("did you mean {}?", nearest_name(key))});
}

bool skip_deprecated(const std::string& key, const Origin& origin) {
  if (!is_deprecated(key)) return false;
  log::warn("{}: {} is no longer used and skipped", origin, key);
  return true;
}

// A key or a whole section that is not known; deeper mappings, and names that dump() could not tell
// from a section's, have no place in a configuration.
void keep(Config& config, const std::string& key, const Entry& entry) {
  if (entry.key.empty() || entry.key.find('.') != std::string::npos) return;
  if (!entry.tree.is_mapping) config.others.insert_or_assign(key, entry.tree.value);
  if (entry.tree.is_mapping && key == entry.key)
    for (const Entry& inner : entry.tree.entries) keep(config, key + '.' + inner.key, inner);
}

void merge_key(Config& config, const std::string& key, const Entry& entry, const std::string& file,
               Unknown others) {
  const Origin origin = fmt::format("{}:{}", file, entry.line);
  if (skip_deprecated(key, origin)) return;
  if (!is_key(key) && others == Unknown::kept) return keep(config, key, entry);
  if (!is_key(key)) unknown(key, origin);
  if (entry.tree.is_mapping)
    throw ConfigError({.what = fmt::format("{} is a key, but holds keys of its own", key),
                       .where = origin,
                       .fix = "give it a value"});
  set(config, key, entry.tree.value, origin);
}

void merge_section(Config& config, const Entry& section, const std::string& file, Unknown others) {
  if (!section.tree.is_mapping) {
    if (section.tree.value.is_null()) return;  // a section without keys
    throw ConfigError({.what = fmt::format("{} is a section, not a key", section.key),
                       .where = fmt::format("{}:{}", file, section.line),
                       .fix = "put its keys below it, indented"});
  }
  for (const Entry& entry : section.tree.entries)
    merge_key(config, section.key + '.' + entry.key, entry, file, others);
}

}  // namespace

void set(Config& config, const std::string& key, const Value& value, const Origin& origin) {
  if (is_section(key))
    throw ConfigError({.what = fmt::format("{} is a section, not a key", key),
                       .where = origin,
                       .fix = fmt::format("name one of its keys: {}.KEY", key)});
  if (!is_key(key)) unknown(key, origin);
  const Value meant = literal_or_text(value);
  for_each_key(config, [&](const std::string& name, auto& member) {
    if (name != key) return;
    if (meant.is_null())
      give_default(member, key);
    else
      assign_or_throw(member, key, meant, origin);
  });
  config.origins.insert_or_assign(key, origin);
}

void merge_tree(Config& config, const Tree& tree, const std::string& file, Unknown others) {
  if (!tree.is_mapping) {
    if (tree.value.is_null()) return;
    throw ConfigError({.what = "not a mapping of keys to values",
                       .where = fmt::format("{}:{}", file, tree.line),
                       .fix = "a configuration is YAML such as 'NUM_GPUS: 1'"});
  }
  for (const Entry& entry : tree.entries) {
    if (is_section(entry.key))
      merge_section(config, entry, file, others);
    else
      merge_key(config, entry.key, entry, file, others);
  }
}

}  // namespace nnstretch::config
