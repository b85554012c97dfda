#include "measure/split_tax.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "runtime/session.h"

namespace nnstretch::measure {
namespace {

using engines::Processor;
using runtime::CompiledPlan;
using runtime::Session;

// Why one processor cannot do the work of all; empty if it can.
std::string no_single_processor(const CompiledPlan& plan) {
  if (plan.plan().parts.size() < 2) return "the network is one part";
  const std::vector<Processor>& all = plan.plan().processors;
  for (const Processor& other : all) {
    if (other.cores.empty()) return fmt::format("{} is not bound to cores", other.name);
    if (other.device != all[0].device || other.precision != all[0].precision)
      return fmt::format("{} and {} are of different kinds", all[0].name, other.name);
  }
  return {};
}

double latency_of(Session& session) {
  session.run();
  return session.timeline().latency_us;
}

void time(SplitTax& tax, Session whole, Session parts, int runs) {
  tax.whole_us = tax.parts_us = std::numeric_limits<double>::infinity();
  for (int i = 0; i < std::max(runs, 1); ++i) {
    tax.whole_us = std::min(tax.whole_us, latency_of(whole));
    tax.parts_us = std::min(tax.parts_us, latency_of(parts));
  }
  tax.ratio = tax.parts_us / tax.whole_us;
}

}  // namespace

SplitTax split_tax(const ir::Model& model, const CompiledPlan& plan, int runs) {
  SplitTax tax{.ratio = {}, .reason = no_single_processor(plan), .engine = {}, .processor = {}};
  if (!tax.reason.empty()) return tax;
  Processor one = plan.plan().processors[plan.plan().parts[0].processor];
  tax.processor = one.name;
  one.cores.resize(1);
  one.threads = 1;
  try {
    const auto whole = runtime::compile(plan::make_whole_plan(model, one), plan.here());
    tax.engine = whole->engine(0);
    time(tax, Session(whole),
         Session(runtime::compile(plan::on_one_processor(plan.plan(), one), plan.here())), runs);
  } catch (const EngineError& error) {
    tax.reason = error.what();
  }
  return tax;
}

}  // namespace nnstretch::measure
