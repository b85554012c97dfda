#include "plan/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"

namespace nnstretch::plan {
namespace {

using engines::Processor;

std::string list_of(const std::vector<Core>& cores) {
  std::vector<int> ids;
  for (const Core& core : cores) ids.push_back(core.id);
  std::sort(ids.begin(), ids.end());
  return fmt::format("{} core{} ({})", ids.size(), ids.size() == 1 ? "" : "s",
                     fmt::join(ids, ", "));
}

// Hardware made for a role, as engines name it.
std::vector<std::string> devices_for(const std::string& role) {
  if (role == "gpu") return {"gpu"};
  if (role == "dsp" || role == "npu") return {"npu", "htp"};
  return {};
}

// Where several engines reach a device, the first of these gets it.
constexpr std::array<std::string_view, 3> kPreferred = {"openvino", "litert", "qnn"};

engines::Engines by_preference(engines::Engines engines) {
  const auto rank = [](const auto& engine) {
    return std::ranges::find(kPreferred, engine->name()) - kPreferred.begin();
  };
  std::ranges::stable_sort(engines, {}, rank);
  return engines;
}

class Discovery {
 public:
  Discovery(const DiscoverOptions& options, const Topology& topology,
            const engines::Engines& engines)
      : options_(options), topology_(topology), engines_(by_preference(engines)) {}

  Machine run(const std::vector<std::string>& roles) {
    std::vector<std::string> on_cpu;
    for (const std::string& role : roles)
      if (!give_device(role)) on_cpu.push_back(role);
    deal(on_cpu, usable_cores(roles.size(), on_cpu.size()));
    return std::move(machine_);
  }

 private:
  bool give_device(const std::string& role) {
    for (const std::string& wanted : devices_for(role))
      for (const auto& engine : engines_) {
        if (options_.engine != "auto" && options_.engine != engine->name()) continue;
        for (const engines::DeviceInfo& device : engine->devices()) {
          // One that is made of software on the very cores is no gain; a machine file can ask for
          // it.
          if (device.name != wanted || !device.usable || device.emulated) continue;
          Processor processor = blank(role);
          processor.name = fmt::format("{}-{}", engine->name(), device.name);
          processor.engine = engine->name();
          processor.device = device.name;
          machine_.processors.push_back(std::move(processor));
          return true;
        }
      }
    return false;
  }

  Processor blank(const std::string& role) const {
    Processor processor;
    processor.role = role;
    processor.engine = options_.engine;
    processor.precision = options_.precision;
    return processor;
  }

  // Those the user allows, best first, as many as should compute.
  std::vector<Core> usable_cores(size_t all_roles, size_t cpu_roles) const {
    std::vector<Core> cores = topology_.preferred();
    if (options_.cores) keep_chosen(cores);
    if (options_.num_threads < 0 || static_cast<size_t>(options_.num_threads) > cores.size())
      throw UsageError({.what = fmt::format("{} threads are asked for, there are {}",
                                            options_.num_threads, list_of(cores)),
                        .where = "`num_threads`"});
    size_t count = std::max(physical(cores), std::min(cpu_roles, cores.size()));
    if (options_.num_threads > 0) count = static_cast<size_t>(options_.num_threads);
    if (all_roles == 1) count = 1;
    cores.resize(count);
    return cores;
  }

  void keep_chosen(std::vector<Core>& cores) const {
    for (const int id : *options_.cores)
      if (!topology_.find(id))
        throw UsageError(
            {.what = fmt::format("core {} is asked for, there are {}", id, list_of(cores)),
             .where = "`core_affinity`"});
    const auto is_other = [&](const Core& core) {
      return std::find(options_.cores->begin(), options_.cores->end(), core.id) ==
             options_.cores->end();
    };
    cores.erase(std::remove_if(cores.begin(), cores.end(), is_other), cores.end());
    if (cores.empty())
      throw UsageError({.what = "no core is left to compute", .where = "`core_affinity`"});
  }

  static size_t physical(const std::vector<Core>& cores) {
    std::set<int> siblings;
    for (const Core& core : cores) siblings.insert(core.first_sibling);
    return siblings.size();
  }

  void deal(const std::vector<std::string>& roles, const std::vector<Core>& cores) {
    const size_t first = machine_.processors.size();
    for (size_t i = 0; i < roles.size(); ++i) {
      if (i < cores.size())
        give_core(roles[i], cores[i]);
      else
        share(roles[i], first + i % cores.size());
    }
    give_spare(
        std::vector<Core>(cores.begin() + std::min(roles.size(), cores.size()), cores.end()));
    for (size_t i = first; i < machine_.processors.size(); ++i) finish(machine_.processors[i]);
  }

  void give_core(const std::string& role, const Core& core) {
    Processor processor = blank(role);
    processor.name = fmt::format("core{}", core.id);
    processor.cores = {core.id};
    processor.stand_in = role != "cpu";
    if (processor.stand_in)
      note(processor, fmt::format("{} stands in for {}, which this computer lacks or no engine "
                                  "reaches",
                                  processor.name, role));
    machine_.processors.push_back(std::move(processor));
  }

  void share(const std::string& role, size_t processor) {
    machine_.also[role] = processor;
    Processor& shared = machine_.processors[processor];
    if (role != "cpu") shared.stand_in = true;
    note(shared, fmt::format("{} and {} share {}: there are more roles than cores{}", shared.role,
                             role, shared.name, role == "cpu" ? "" : "; it stands in for " + role));
  }

  void note(const Processor& processor, std::string text) {
    machine_.notes.push_back({processor.name, std::move(text)});
  }

  // Only cores of the kind the cpu role already has: the slowest thread sets the pace of all.
  void give_spare(const std::vector<Core>& spare) {
    for (Processor& processor : machine_.processors) {
      if (processor.role != "cpu" || processor.cores.empty()) continue;
      const Core& own = *topology_.find(processor.cores[0]);
      for (const Core& core : spare)
        if (core.capacity == own.capacity && core.node == own.node)
          processor.cores.push_back(core.id);
    }
  }

  static void finish(Processor& processor) {
    std::sort(processor.cores.begin(), processor.cores.end());
    processor.threads = static_cast<int>(processor.cores.size());
  }

  const DiscoverOptions& options_;
  const Topology& topology_;
  const engines::Engines engines_;
  Machine machine_;
};

}  // namespace

Machine without(Machine machine, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto has_it = [&](const engines::Processor& p) { return p.name == name; };
    const auto found = std::find_if(machine.processors.begin(), machine.processors.end(), has_it);
    if (found == machine.processors.end() || machine.processors.size() == 1)
      throw UsageError({.what = found == machine.processors.end()
                                    ? fmt::format("there is no processor '{}' to do without", name)
                                    : fmt::format("'{}' is the only processor left", name),
                        .fix = "`nnstretch devices` shows them"});
    const auto gone = static_cast<size_t>(found - machine.processors.begin());
    std::erase_if(machine.also, [&](const auto& role) { return role.second == gone; });
    for (auto& [role, at] : machine.also) at -= at > gone;
    std::erase_if(machine.notes, [&](const Note& note) { return note.processor == name; });
    machine.processors.erase(found);
  }
  return machine;
}

std::vector<size_t> Machine::candidates(const std::string& role) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < processors.size(); ++i)
    if (processors[i].role == role) found.push_back(i);
  if (const auto other = also.find(role); other != also.end()) found.push_back(other->second);
  return found;
}

Machine discover(const std::vector<std::string>& roles, const DiscoverOptions& options,
                 const Topology& topology, const engines::Engines& engines) {
  if (roles.empty()) throw UsageError({.what = "a machine is wanted for no role"});
  return Discovery(options, topology, engines).run(roles);
}

Machine discover(const std::vector<std::string>& roles, const DiscoverOptions& options,
                 const Surroundings& here) {
  return discover(roles, options, here.topology, here.engines.all());
}

std::vector<int> parse_core_mask(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  std::vector<int> cores;
  for (size_t i = 0; i < digits.size(); ++i) {
    const char digit = digits[digits.size() - 1 - i];
    const size_t value =
        std::string_view("0123456789abcdef").find(static_cast<char>(std::tolower(digit)));
    if (value == std::string_view::npos) {
      cores.clear();
      break;
    }
    for (int bit = 0; bit < 4; ++bit)
      if (value >> bit & 1) cores.push_back(static_cast<int>(4 * i) + bit);
  }
  if (cores.empty())
    throw UsageError({.what = fmt::format("'{}' is not a mask of cores", text),
                      .where = "`core_affinity`",
                      .fix = "write it as taskset does: f0 is cores 4 to 7"});
  return cores;
}

}  // namespace nnstretch::plan
