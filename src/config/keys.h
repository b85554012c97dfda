// Keys by name: finding the member a name means, and the name somebody probably meant.
#pragma once
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/config.h"

namespace nnstretch::config {

template <class T>
concept IsSection = std::is_base_of_v<Section, std::remove_cvref_t<T>>;

// f(name, member) for each of the keys, with full names: "ANYNET.STEM_K", "NUM_GPUS".
template <class AnyConfig, class F>
void for_each_key(AnyConfig& config, F&& f) {
  Config::fields(config, [&](std::string_view name, auto& member) {
    if constexpr (IsSection<decltype(member)>) {
      using Members = std::remove_cvref_t<decltype(member)>;
      Members::fields(member, [&](std::string_view key, auto& value) {
        f(std::string(name) + '.' + std::string(key), value);
      });
    } else {
      f(std::string(name), member);
    }
  });
}

bool is_key(std::string_view name);
// Keys that the original software does not have.
bool is_own_key(std::string_view name);
bool is_section(std::string_view name);
// Keys and sections that pycls once had: skipped wherever they stand.
bool is_deprecated(std::string_view name);
// The key or section whose name is most like this one.
std::string nearest_name(std::string_view name);

}  // namespace nnstretch::config
