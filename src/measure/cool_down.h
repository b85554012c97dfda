// Waiting for a machine to cool down before something is timed: the second network of a table shall
// not pay for the first.
//     const CoolDown how = cool_down_of("40C,120s");
//     const Cooled cooled = cool_down(how);
//     if (cooled.above_c) ... it was still so hot ...
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace nnstretch::measure {

struct CoolDown {
  // Until the hottest thermal zone has no more than so many degrees Celsius; none: for `seconds`.
  std::optional<double> degrees_c = {};
  double seconds = 300;  // at most
};

// "40C": until it has 40 degrees, 300 seconds at most; "40C,120s"; "30s": for so long. UsageError.
CoolDown cool_down_of(std::string_view words);
// As words again.
std::string words_of(const CoolDown& how);

struct Cooled {
  double seconds = 0;               // that it took
  std::optional<double> hottest_c;  // then; none: no zone tells
  std::optional<double> above_c;    // the limit that it was still above

  // That it did not cool down; nothing if it did.
  std::optional<std::string> note() const;
};

// Sleeps a second at a time. UsageError if degrees are asked for and no zone tells any. `sleep`: a
// test has a time of its own.
Cooled cool_down(const CoolDown& how, const std::filesystem::path& root = "/sys",
                 const std::function<void(double seconds)>& sleep = {});

}  // namespace nnstretch::measure
