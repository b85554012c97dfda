// The 150 keys of the original software against its list: names, defaults and types.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <map>

#include "config/config.h"
#include "config/keys.h"
#include "support/paths.h"

namespace nnstretch::config {
namespace {

struct Declared {
  std::string value, type;
};

// "KEY: value  # type" lines, indented below "SECTION:" lines.
std::map<std::string, Declared> declared_keys() {
  std::ifstream file(testing::shared_folder() / "facts" / "config_defaults.yaml");
  std::map<std::string, Declared> keys;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    const size_t begin = line.find_first_not_of(' '), colon = line.find(": ");
    const size_t type = line.find("  # ");
    if (line.empty() || line[0] == '#') continue;
    if (type == std::string::npos) {  // SECTION:
      section = line.substr(0, line.size() - 1) + '.';
      continue;
    }
    const std::string name = line.substr(begin, colon - begin);
    keys[(begin > 0 ? section : "") + name] = {line.substr(colon + 2, type - colon - 2),
                                               line.substr(type + 4)};
  }
  return keys;
}

template <class T>
std::string word() {
  if (std::is_same_v<T, bool>) return "bool";
  if (std::is_same_v<T, int>) return "int";
  if (std::is_same_v<T, double>) return "float";
  return std::is_same_v<T, std::string> ? "str" : "list";
}

template <class T>
T through_yaml_cpp(const std::string& text) {
  if constexpr (std::is_same_v<T, List>) {
    List list;
    for (const YAML::Node& item : YAML::Load(text)) list.emplace_back(item.as<int>());
    return list;
  } else {
    return YAML::Load(text).as<T>();
  }
}

// Apart from the loop over the keys: its body is compiled once for each of them.
template <class T>
void compare(const std::string& name, const T& value, std::map<std::string, Declared>& declared) {
  const auto found = declared.find(name);
  ASSERT_NE(found, declared.end()) << name;
  EXPECT_EQ(word<T>(), found->second.type) << name;
  EXPECT_EQ(value, through_yaml_cpp<T>(found->second.value)) << name;
  declared.erase(found);
}

TEST(Defaults, HaveTheNamesTypesAndValuesOfTheOriginal) {
  NNSTRETCH_NEEDS_SHARED();
  auto declared = declared_keys();
  ASSERT_EQ(declared.size(), 150u);
  const Config config;
  for_each_key(config, [&](const std::string& name, const auto& value) {
    if (!is_own_key(name)) compare(name, value, declared);
  });
  for (const auto& [name, ignored] : declared) ADD_FAILURE() << name << " is missing";
}

TEST(Defaults, OfTheOriginalLoadAsAFileThatChangesNothing) {
  NNSTRETCH_NEEDS_SHARED();
  EXPECT_EQ(load(testing::shared_folder() / "facts" / "config_defaults.yaml"), Config());
}

}  // namespace
}  // namespace nnstretch::config
