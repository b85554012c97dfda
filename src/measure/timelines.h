// Figures that follow from the timelines of several runs of one plan.
#pragma once
#include <span>
#include <vector>

#include "measure/latency.h"

namespace nnstretch::measure {

std::vector<double> part_medians(const plan::Plan& plan, std::span<const runtime::Timeline> runs);
std::vector<double> busy_medians(const plan::Plan& plan, std::span<const runtime::Timeline> runs);
std::vector<double> busy_minima(const plan::Plan& plan, std::span<const runtime::Timeline> runs);
// One a stage after which a part reads values of several processors.
std::vector<MeetingPoint> meeting_points(const plan::Plan& plan,
                                         std::span<const runtime::Timeline> runs);
// One a stage that has parts on several processors.
std::vector<Overlap> overlaps(const plan::Plan& plan, std::span<const runtime::Timeline> runs);
double overhead_median(const plan::Plan& plan, runtime::Order order,
                       std::span<const runtime::Timeline> runs);

}  // namespace nnstretch::measure
