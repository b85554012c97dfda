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

}  // namespace

SplitTaxTimer::SplitTaxTimer(const ir::Model& model,
                             const std::shared_ptr<const CompiledPlan>& plan)
    : tax_{.ratio = {}, .reason = no_single_processor(*plan), .engine = {}, .processor = {}} {
  if (!tax_.reason.empty()) return;
  Processor one = plan->plan().processors[plan->plan().parts[0].processor];
  tax_.processor = one.name;
  one.cores.resize(1);
  one.threads = 1;
  try {
    const auto whole = runtime::compile(plan::make_whole_plan(model, one), plan->here());
    tax_.engine = whole->engine(0);
    whole_ = std::make_unique<Session>(whole);
    parts_ = std::make_unique<Session>(
        runtime::compile(plan::on_one_processor(plan->plan(), one), plan->here(), {}, {&plan, 1}));
  } catch (const EngineError& error) {
    tax_.reason = error.what();
    whole_.reset();
  }
}

void SplitTaxTimer::time(int runs) {
  if (!whole_ || !parts_) return;
  if (!tax_.ratio) tax_.whole_us = tax_.parts_us = std::numeric_limits<double>::infinity();
  try {
    for (int i = 0; i < runs; ++i) {
      tax_.whole_us = std::min(tax_.whole_us, latency_of(*whole_));
      tax_.parts_us = std::min(tax_.parts_us, latency_of(*parts_));
      tax_.ratio = tax_.parts_us / tax_.whole_us;
    }
  } catch (const EngineError& error) {
    tax_ = {
        .ratio = {}, .reason = error.what(), .engine = tax_.engine, .processor = tax_.processor};
    whole_.reset();
  }
}

SplitTax split_tax(const ir::Model& model, const std::shared_ptr<const CompiledPlan>& plan,
                   int runs) {
  SplitTaxTimer timer(model, plan);
  timer.time(std::max(runs, 1));
  return timer.result();
}

}  // namespace nnstretch::measure
