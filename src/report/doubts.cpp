#include "report/doubts.h"

#include <fmt/format.h>

#include "base/flags.h"

namespace nnstretch::report {

std::string said(const measure::Doubt& doubt) {
  const std::string& sign = doubt.sign;
  const double value = doubt.value;
  if (sign == "others")
    return fmt::format("other programs had {:.0f} % of the cores' time", 100 * value);
  if (sign == "steal") return fmt::format("the host took {:.1f} % of the cores' time", 100 * value);
  if (sign == "delay")
    return fmt::format("threads waited for a core for {:.0f} % of their time", 100 * value);
  if (sign == "preempted")
    return fmt::format("threads lost their core {:.0f} times a second", value);
  if (sign == "waited_s") return fmt::format("the machine was not free within {:.0f} s", value);
  if (sign == "scatter") return fmt::format("the median is {:.2f} x the minimum", value);
  if (sign == "anchor") return fmt::format("fixed arithmetic took up to {:.2f} x its time", value);
  if (sign == "throttled") return fmt::format("its quota stopped it in {:.0f} periods", value);
  if (sign == "over_bound")
    return fmt::format("the minimum is {:.2f} x the bound by parts alone", value);
  if (sign == "split_tax") return fmt::format("parts in sequence take {:.2f} x the whole", value);
  return fmt::format("{} is {:g}", sign, value);  // of a later version
}

std::string doubt_line(const std::vector<measure::Doubt>& doubts) {
  if (doubts.empty()) return {};
  std::string line = "not reliable: ";
  for (const auto& doubt : doubts)
    line += fmt::format("{}{}", &doubt == &doubts.front() ? "" : "; ", said(doubt));
  return with_flags(fmt::format("{}: {}", line, doubts.front().fix));
}

}  // namespace nnstretch::report
