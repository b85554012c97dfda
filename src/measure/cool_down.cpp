#include "measure/cool_down.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "measure/machine_state.h"

namespace nnstretch::measure {
namespace {

// "40C" with the unit 'C'; nothing if it is no number from 0 up to a day of seconds.
std::optional<double> amount_in(std::string_view word, char unit) {
  if (!word.ends_with(unit)) return {};
  word.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return {};
  return value >= 0 && value <= 86400 ? std::optional(value) : std::nullopt;
}

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

CoolDown cool_down_of(std::string_view words) {
  const size_t comma = std::min(words.find(','), words.size());
  CoolDown how{.degrees_c = amount_in(words.substr(0, comma), 'C')};
  const auto seconds =
      amount_in(how.degrees_c && comma < words.size() ? words.substr(comma + 1) : words, 's');
  if (seconds) how.seconds = *seconds;
  if (seconds || (how.degrees_c && comma == words.size())) return how;
  throw UsageError({.what = fmt::format("'{}' is no temperature and no time", words),
                    .where = "`cool_down`",
                    .fix = "give 40C, 40C,120s or 30s"});
}

std::string words_of(const CoolDown& how) {
  if (!how.degrees_c) return fmt::format("{}s", how.seconds);
  return fmt::format("{}C,{}s", *how.degrees_c, how.seconds);
}

std::optional<std::string> Cooled::note() const {
  if (!above_c) return {};
  return fmt::format("it did not cool down to {} C in {:.0f} s: it had {:.1f}", *above_c, seconds,
                     *hottest_c);
}

Cooled cool_down(const CoolDown& how, const std::filesystem::path& root,
                 const std::function<void(double seconds)>& sleep) {
  Cooled cooled{.hottest_c = machine_state({}, root).hottest_c};
  if (how.degrees_c && !cooled.hottest_c)
    throw UsageError({.what = "this machine tells no temperature",
                      .where = "`cool_down`",
                      .fix = "give seconds, as 30s"});
  const auto is_cool = [&] { return how.degrees_c && *cooled.hottest_c <= *how.degrees_c; };
  while (!is_cool() && cooled.seconds < how.seconds) {
    const double wait = std::min(1.0, how.seconds - cooled.seconds);
    sleep ? sleep(wait) : sleep_for(wait);
    cooled.seconds += wait;
    const auto now = machine_state({}, root).hottest_c;
    if (now || !how.degrees_c) cooled.hottest_c = now;  // a zone may fail once
  }
  if (how.degrees_c && !is_cool()) cooled.above_c = how.degrees_c;
  return cooled;
}

}  // namespace nnstretch::measure
