#include "plan/assign.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "plan/plan_parts.h"
#include "plan/spread.h"

namespace nnstretch::plan {
namespace {

// What a processor's engine says of its device; "usable" if it does not list it, unless it has no
// device to use at all.
engines::DeviceInfo device_of(const engines::Processor& processor,
                              const engines::EngineList& engines) {
  try {
    auto devices = engines.find(processor.engine).devices();
    for (engines::DeviceInfo& device : devices)
      if (device.name == processor.device) return std::move(device);
    const bool has_any = std::ranges::any_of(devices, &engines::DeviceInfo::usable);
    return has_any || devices.empty() ? engines::DeviceInfo() : std::move(devices.front());
  } catch (const EngineError& error) {
    return {.name = {}, .full_name = {}, .usable = false, .why_not = error.message().what};
  }
}

// Roles and nodes may have one name; people should see which is meant.
std::string label(const std::string& role) { return fmt::format("role {}", role); }

bool is_usable_cpu(const engines::Processor& processor, const engines::EngineList& engines) {
  return processor.device == "cpu" && device_of(processor, engines).usable;
}

// Every core that may be used, for a machine whose processors are all something else. No role
// is its own, so it comes last.
engines::Processor all_cores(const Machine& machine, std::vector<int> cores) {
  engines::Processor cpu{.name = "all-cores", .role = "none", .cores = std::move(cores)};
  cpu.threads = static_cast<int>(cpu.cores.size());
  const auto has_the_name = [&](const engines::Processor& other) { return other.name == cpu.name; };
  while (std::any_of(machine.processors.begin(), machine.processors.end(), has_the_name))
    cpu.name += "'";
  return cpu;
}

// Finds a processor for every role and, where an engine refuses single operators, for those.
class Assigning {
 public:
  Assigning(const ir::Model& model, const Machine& machine, bool strict, const Surroundings& here)
      : model_(model), machine_(machine), strict_(strict), here_(here) {
    if (!strict && !standby()) machine_.processors.push_back(all_cores(machine, here.cores()));
    for (const std::string& role : roles_of(model.graph)) {
      choose(label(role), role);
      assignment_.roles[role] = where_[label(role)].processor();
    }
  }

  Plan run(bool spread_out) {
    for (;;) {
      Plan plan =
          lay_out(model_, partition(model_.graph, assignment_, here_.cost), machine_.processors);
      if (move_refused(plan)) continue;
      if (spread_out) plan = spread_out_of(std::move(plan));
      return finished(std::move(plan));
    }
  }

 private:
  // A role or node on its way down the list of processors that may take it.
  struct Search {
    std::vector<size_t> candidates;
    size_t at = 0;
    size_t processor() const { return candidates[at]; }
  };

  // First usable processor; its own ones come before all others.
  void choose(const std::string& what, const std::string& role) {
    Search search{machine_.candidates(role)};
    if (search.candidates.empty() && !role.empty())
      note(what, fmt::format("the machine has no processor for the role '{}'", role));
    for (size_t p = 0; p < machine_.processors.size(); ++p)
      if (std::find(search.candidates.begin(), search.candidates.end(), p) ==
          search.candidates.end())
        search.candidates.push_back(p);
    where_[what] = std::move(search);
    skip_unusable(what);
  }

  void skip_unusable(const std::string& what) {
    for (;;) {
      Search& search = where_[what];
      engines::Processor& processor = machine_.processors[search.processor()];
      const engines::DeviceInfo device = device_of(processor, here_.engines);
      if (device.usable) return mark_stand_in(processor, device);
      move_on(what, fmt::format("{} cannot be used: {}", processor.name, device.why_not));
    }
  }

  void mark_stand_in(engines::Processor& processor, const engines::DeviceInfo& device) {
    if (!device.emulated || processor.stand_in) return;
    processor.stand_in = true;
    machine_.notes.push_back(
        {processor.name, fmt::format("{} is made of software ({}): it stands in for a real {}",
                                     processor.name, device.full_name, processor.role)});
  }

  void move_on(const std::string& what, const std::string& reason) {
    note(what, reason);
    if (++where_[what].at == where_[what].candidates.size())
      throw EngineError({.what = fmt::format("no processor can run it; the last: {}", reason),
                         .where = what,
                         .fix = "`nnstretch devices` shows which engines work here"});
  }

  void note(const std::string& what, const std::string& reason) {
    if (strict_)
      throw EngineError(
          {.what = reason, .where = what, .fix = "run without `strict` to fall back"});
    moves_.emplace_back(what, reason);
  }

  // The plan with its lone stages spread, if their engines take the shares as they took the whole.
  Plan spread_out_of(Plan plan) const {
    if (!assignment_.nodes.empty()) return plan;  // cores that do not take the same nodes
    const auto shared =
        spread(model_, assignment_, machine_.processors, here_.topology, here_.cost);
    if (!shared) return plan;
    Plan wide =
        lay_out(shared->model, partition(shared->model.graph, shared->assignment, here_.cost),
                machine_.processors);
    for (const PlanPart& part : wide.parts) {
      const engines::Processor& processor = wide.processors[part.processor];
      if (!here_.engines.find(processor.engine).supports(part.model.graph, processor).complete())
        return plan;
    }
    return wide;
  }

  // True if something was moved, so that the graph must be cut anew.
  bool move_refused(const Plan& plan) {
    bool moved = false;
    for (const PlanPart& part : plan.parts) {
      const engines::Processor& processor = plan.processors[part.processor];
      const engines::Support support =
          here_.engines.find(processor.engine).supports(part.model.graph, processor);
      const auto refused = refused_nodes(part.model.graph, support);
      moved |= !refused.empty();
      // An engine that takes nothing of a part is the wrong one for the whole role.
      const bool nothing =
          refused.size() > 1 && refused.size() == computing_nodes(part.model.graph);
      if (nothing && move_a_role(part, processor, why(processor, refused[0]))) return true;
      for (const auto& refusal : refused)
        move_node(part, processor, refusal.node, why(processor, refusal));
    }
    return moved;
  }

  using Refusal = engines::Support::Refusal;

  // The nodes that compute and must go, each once: who is refused, or reads a refused input or
  // constant.
  static std::vector<Refusal> refused_nodes(const ir::Graph& part,
                                            const engines::Support& support) {
    std::map<std::string, const Refusal*> refusals;
    for (const Refusal& refusal : support.refusals) refusals[refusal.node] = &refusal;
    std::vector<Refusal> refused;
    for (const ir::Node& node : part.nodes()) {
      if (ir::is_source(node.op)) continue;
      auto found = refusals.find(node.name);
      for (size_t i = 0; found == refusals.end() && i < node.inputs.size(); ++i)
        if (const ir::Node& operand = part.node(node.inputs[i]); ir::is_source(operand.op))
          found = refusals.find(operand.name);
      if (found == refusals.end()) continue;
      refused.push_back({node.name, found->second->op, found->second->reason});
    }
    return refused;
  }

  static std::string why(const engines::Processor& processor, const Refusal& no) {
    return fmt::format("{} refuses {}: {}", processor.name, no.op, no.reason);
  }

  static size_t computing_nodes(const ir::Graph& graph) {
    const auto nodes = graph.nodes();
    return static_cast<size_t>(std::count_if(
        nodes.begin(), nodes.end(), [](const ir::Node& n) { return !ir::is_source(n.op); }));
  }

  void move_node(const PlanPart& part, const engines::Processor& processor, const std::string& node,
                 const std::string& reason) {
    const auto nodes = model_.graph.nodes();
    const auto same = [&](const ir::Node& n) { return n.name == node; };
    const auto found = std::find_if(nodes.begin(), nodes.end(), same);
    if (found == nodes.end()) {
      // A node that was added for the part (a copy, a conversion) cannot go without its part.
      if (!move_a_role(part, processor, reason))
        throw EngineError({.what = reason, .where = part.name});
      return;
    }
    if (!where_.count(node)) start_at_its_role(node, found->at.role);
    move_on(node, reason);
    skip_unusable(node);
    assignment_.nodes[node] = where_[node].processor();
  }

  void start_at_its_role(const std::string& node, const std::string& role) {
    if (const auto known = where_.find(label(role)); known != where_.end())
      where_[node] = Search(known->second);
    else
      choose(node, role);
  }

  // Moves one of the roles that brought the part to this processor; false if none did.
  bool move_a_role(const PlanPart& part, const engines::Processor& processor,
                   const std::string& reason) {
    for (const ir::Node& node : part.model.graph.nodes()) {
      const auto role = assignment_.roles.find(node.at.role);
      if (ir::is_source(node.op) || role == assignment_.roles.end()) continue;
      if (machine_.processors[role->second].name != processor.name) continue;
      const std::string what = label(role->first);
      move_on(what, reason);
      skip_unusable(what);
      role->second = where_[what].processor();
      return true;
    }
    return false;
  }

  Plan finished(Plan plan) const {
    for (const auto& [what, reason] : moves_)
      plan.fallbacks.push_back(
          {what, reason, machine_.processors[where_.at(what).processor()].name});
    for (const Note& note : machine_.notes)
      for (const engines::Processor& processor : plan.processors)
        if (processor.name == note.processor) plan.notes.push_back(note.text);
    if (!strict_) plan.standby = standby();
    return plan;
  }

  // The first CPU that works.
  std::optional<engines::Processor> standby() const {
    for (const engines::Processor& processor : machine_.processors)
      if (is_usable_cpu(processor, here_.engines)) return processor;
    return std::nullopt;
  }

  const ir::Model& model_;
  Machine machine_;
  bool strict_;
  const Surroundings& here_;
  Assignment assignment_;
  std::map<std::string, Search> where_;  // roles and moved nodes
  std::vector<std::pair<std::string, std::string>> moves_;
};

}  // namespace

Plan assign_roles(const ir::Model& model, const Machine& machine, const Surroundings& here,
                  const PlanOptions& options) {
  return Assigning(model, machine, options.strict, here).run(options.spread);
}

}  // namespace nnstretch::plan
