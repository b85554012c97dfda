#include "config/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "config/checks.h"
#include "config/keys.h"
#include "config/merge.h"
#include "config/python_literal.h"
#include "config/yaml_tree.h"

namespace nnstretch::config {
namespace {

constexpr std::string_view command_line = "command line";

// A string key that looks like a Python literal would be read back as one: quote it once more.
template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, std::string>)
    return to_yaml(Value(python_literal(value) ? python_quoted(value) : value));
  else
    return to_yaml(Value(value));
}

std::vector<std::string> values_as_text(const Config& config) {
  std::vector<std::string> values;
  for_each_key(config,
               [&](const std::string&, const auto& value) { values.push_back(text_of(value)); });
  return values;
}

}  // namespace

std::string Config::where(std::string_view key) const {
  const auto known = origins.find(key);
  return known == origins.end() ? file : known->second;
}

bool Config::operator==(const Config& other) const {
  return values_as_text(*this) == values_as_text(other);
}

Config load(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  std::error_code unknown;  // then reading gives the better message
  if (std::filesystem::file_size(path, unknown) > most_bytes && !unknown)
    refuse_size(path.string());
  return parse(read_text(path), path.string(), overrides);
}

Config parse(std::string_view text, const std::string& file,
             const std::vector<std::string>& overrides) {
  Config config;
  config.file = file;
  merge_tree(config, read_tree(text, file), file);
  merge(config, overrides);
  return config;
}

Config parse_kept(std::string_view text, const std::string& file) {
  Config config;
  config.file = file;
  merge_tree(config, read_tree(text, file), file, Unknown::kept);
  std::vector<std::string> names;
  for (const auto& [name, value] : config.others) names.push_back(name);
  if (!names.empty())
    log::warn("{}: keys that are not known here are kept, and change nothing: {}", file,
              fmt::join(names, ", "));
  check_merged(config);
  return config;
}

void merge(Config& config, const std::vector<std::string>& overrides) {
  if (overrides.size() % 2 != 0)
    throw UsageError({.what = fmt::format("{} has no value", overrides.back()),
                      .where = std::string(command_line),
                      .fix = "settings are pairs: KEY VALUE KEY VALUE ..."});
  Config merged = config;
  for (size_t i = 0; i < overrides.size(); i += 2) {
    const std::string& key = overrides[i];
    if (is_deprecated(key))
      log::warn("{}: {} is no longer used and skipped", command_line, key);
    else
      set(merged, key, Value(overrides[i + 1]), std::string(command_line));
  }
  check_merged(merged);
  config = std::move(merged);
}

namespace {

// Lines of `others`: of a section those in it, of "" those in none.
std::string others_of(const Config& config, const std::string& section) {
  std::string text;
  for (const auto& [name, value] : config.others) {
    const size_t dot = name.find('.');
    const bool inside = dot != name.npos;
    if (inside ? name.substr(0, dot) != section : !section.empty()) continue;
    text += fmt::format("{}{}: {}\n", inside ? "  " : "",
                        to_yaml(Value(name.substr(inside ? dot + 1 : 0))), to_yaml(value));
  }
  return text;
}

std::string other_sections(const Config& config) {
  std::set<std::string> names;
  for (const auto& [name, value] : config.others)
    if (const size_t dot = name.find('.'); dot != name.npos && !is_section(name.substr(0, dot)))
      names.insert(name.substr(0, dot));
  std::string text;
  for (const std::string& name : names)
    text += fmt::format("{}:\n{}", to_yaml(Value(name)), others_of(config, name));
  return text;
}

}  // namespace

std::string dump(const Config& config) {
  const Config defaults;
  const std::vector<std::string> usual = values_as_text(defaults);
  size_t key = 0;
  const auto write = [&](std::string_view indent, const std::string& section, std::string_view name,
                         const auto& value, std::string& text) {
    const bool is_default = text_of(value) == usual[key++];
    if (is_default && is_own_key(section + std::string(name))) return;
    text += fmt::format("{}{}: {}\n", indent, name, text_of(value));
  };
  std::string text;
  Config::fields(config, [&](std::string_view name, const auto& member) {
    if constexpr (IsSection<decltype(member)>) {
      std::string keys;
      std::remove_cvref_t<decltype(member)>::fields(
          member, [&](std::string_view key_name, const auto& value) {
            write("  ", std::string(name) + '.', key_name, value, keys);
          });
      keys += others_of(config, std::string(name));
      if (!keys.empty()) text += fmt::format("{}:\n{}", name, keys);
    } else {
      write("", "", name, member, text);
    }
  });
  return text + others_of(config, "") + other_sections(config);
}

}  // namespace nnstretch::config
