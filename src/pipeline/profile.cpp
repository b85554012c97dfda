#include "pipeline/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "engines/part_timer.h"
#include "measure/context.h"
#include "measure/in_turns.h"
#include "nets/build.h"
#include "pipeline/config_files.h"
#include "search/costs.h"
#include "search/latencies.h"
#include "search/timing.h"

namespace nnstretch::pipeline {
namespace {

using search::Point;

int size_of(const ProfileOptions& options, const config::Config& config) {
  return options.im_size ? options.im_size : config.train.im_size;
}

std::set<std::pair<std::string, search::Piece>> known_in(const search::Profile& profile) {
  std::set<std::pair<std::string, search::Piece>> known;
  for (const Point& point : profile.points) known.insert({point.kind, point.piece});
  return known;
}

void tell(const search::Profile& before) {
  for (const std::string& note : before.notes) log::warn("{}", note);
}

}  // namespace

search::Grid grid_of(const ProfileOptions& options) {
  search::Grid grid(options.branches);
  for (const auto& path : config_files(options.nets)) {
    const auto config = config::load(path, options.overrides);
    grid.add(search::Plain(config, size_of(options, config)));
  }
  if (!options.includes.empty())
    for (const auto& path : config_files(options.includes)) {
      const auto config = config::load(path, options.overrides);
      grid.add(config, size_of(options, config));
    }
  return grid;
}

ProfileDone profile_from_costs(const ProfileOptions& given, const std::filesystem::path& costs) {
  const search::CostModel model = search::read_cost_model(costs);
  ProfileOptions options = given;
  options.branches = static_cast<int>(model.processors.size());
  const search::Grid grid = grid_of(options);
  search::ProfileFile file(options.out, search::machine_of(model), options.force);
  tell(file.before());
  const auto known = known_in(file.before());
  ProfileDone done;
  std::string lines;
  for (const Point& point : search::points_of(model, grid.pieces())) {
    if (known.contains({point.kind, point.piece})) {
      ++done.known;
      continue;
    }
    lines += search::line_of(point);
    ++done.added;
  }
  file.append(lines);
  return done;
}

namespace {

using engines::Processor;
using search::Piece;

// A held-out point that is predicted worse than this is timed again.
constexpr double kDoubtful = 0.05;
constexpr size_t kHeldOut = 6;  // points a series, so that there are some of each stage

std::string kind_of(const Processor& processor, const Topology& topology) {
  std::string kind =
      fmt::format("{} {} {}", processor.engine, processor.device, name_of(processor.precision));
  if (processor.threads > 1) kind += fmt::format(" {} threads", processor.threads);
  std::set<int> of_machine, own;
  for (const Core& core : topology.cores) of_machine.insert(core.capacity);
  for (const int id : processor.cores)
    if (const Core* core = topology.find(id)) own.insert(core->capacity);
  if (of_machine.size() > 1)
    for (const int capacity : own) kind += fmt::format(" of {}", capacity);
  return kind;
}

// Its times would say something of the software.
void refuse_emulated(const Processor& processor, const engines::EngineList& engines) {
  if (processor.engine == "auto") return;
  for (const auto& device : engines.find(processor.engine).devices())
    if (device.name == processor.device && device.emulated)
      throw EngineError(
          {.what = "it is made of software: its times say nothing of such a device",
           .where = fmt::format("{} ({} {})", processor.name, processor.engine, processor.device),
           .fix = "take it out of the machine file, or profile the machine that has it"});
}

}  // namespace

search::ProfiledMachine profiled_machine(const plan::Machine& machine,
                                         const plan::Surroundings& here) {
  const auto context = measure::context_of(here);
  search::ProfiledMachine made{.name = context.cpu,
                               .model = {},
                               .cpu = context.cpu,
                               .cores = context.cores,
                               .engines = context.engines,
                               .processors = {},
                               .program = measure::program_version(),
                               .time = utc_now()};
  for (const Processor& one : machine.processors) {
    refuse_emulated(one, here.engines);
    made.processors.push_back({one.name, one.role, kind_of(one, here.topology),
                               std::string(engines::name_of(engines::clock_of(one))),
                               one.stand_in});
  }
  return made;
}

std::vector<double> time_configs(const std::vector<config::Config>& configs, int im_size,
                                 int rounds, const plan::Placing& placing,
                                 const plan::Surroundings& here) {
  std::vector<std::shared_ptr<const runtime::CompiledPlan>> plans;
  for (const auto& config : configs) {
    const ir::Model model = search::int8_part(nets::build(config, im_size), config.file);
    plans.push_back(runtime::compile(plan::plan_for(model, placing, here), here));
  }
  return measure::time_in_turns(plans, rounds);
}

namespace {

class Profiling {
 public:
  Profiling(const ProfileOptions& options, plan::Machine machine, const plan::Surroundings& here)
      : options_(options),
        machine_(std::move(machine)),
        here_(here),
        file_(options.out, profiled_machine(machine_, here), options.force),
        profile_(file_.before()) {
    tell(profile_);
    for (const auto& processor : machine_.processors)
      kinds_.try_emplace(kind_of(processor, here.topology), processor);
    for (const auto& point : profile_.points) ++times_[{point.kind, point.piece}];
  }

  ProfileDone run() {
    const search::Grid grid = grid_of(options_);
    for (auto& one : grid.pieces()) pieces_.push_back({std::move(one), false});
    for (auto& one : grid.held_out(kHeldOut)) pieces_.push_back({std::move(one), true});
    // Neighbours are not timed one after another, or what disturbs them hits a whole stage.
    KeyedRandom random({1});
    std::vector<Task> mixed;
    for (const size_t i : shuffled(pieces_.size(), random)) mixed.push_back(pieces_[i]);
    pieces_ = std::move(mixed);
    ProfileDone done{.known = profile_.points.size(), .added = 0};
    for (const auto& one : kinds_)
      done.added += time(one, [&](const Task& task) { return times(one.first, task) == 0; });
    for (const auto& one : kinds_) {
      const auto again = doubtful(one.first);
      done.added += time(one, [&](const Task& task) {
        return again.contains(task.one.piece) && times(one.first, task) < 2;
      });
    }
    time_network();
    return done;
  }

 private:
  struct Task {
    search::GridPiece one;
    bool held_out = false;
  };

  using Kinds = std::map<std::string, Processor>;

  // How often it was timed.
  int times(const std::string& kind, const Task& task) const {
    const auto known = times_.find({kind, task.one.piece});
    return known == times_.end() ? 0 : known->second;
  }

  size_t time(const Kinds::value_type& of, const auto& wanted) {
    const auto& [kind, processor] = of;
    std::vector<const Task*> tasks;
    for (const Task& task : pieces_)
      if (wanted(task)) tasks.push_back(&task);
    if (tasks.empty()) return 0;
    Progress progress("profile " + kind, tasks.size());
    const double begin_us = now_us();
    for (size_t at = 0; at < tasks.size(); at += search::kInTurns) {
      const size_t end = std::min(tasks.size(), at + search::kInTurns);
      std::vector<ir::Model> parts;
      for (size_t i = at; i < end; ++i) {
        const auto& one = tasks[i]->one;
        progress.step(one.piece.series + left(begin_us, i, tasks.size()));
        parts.push_back(search::int8_part(one.graph(), to_string(one.piece)));
      }
      const auto times = search::time_parts(parts, processor, here_.engines);
      for (size_t i = at; i < end; ++i) add(kind, *tasks[i], times[i - at]);
    }
    return tasks.size();
  }

  static std::string left(double begin_us, size_t done, size_t all) {
    if (done == 0) return "";
    const double seconds =
        (now_us() - begin_us) * 1e-6 * static_cast<double>(all - done) / static_cast<double>(done);
    return fmt::format(", {} s left", static_cast<int>(seconds));
  }

  void add(const std::string& kind, const Task& task, const search::PartTime& time) {
    const search::Point point{.kind = kind,
                              .piece = task.one.piece,
                              .us = time.us,
                              .engines = time.engines,
                              .held_out = task.held_out};
    file_.append(line_of(point));
    profile_.points.push_back(point);
    ++times_[{kind, point.piece}];
  }

  // Pieces that take longer than one that holds them; those that were held out and take longer than
  // is predicted; where they take less, those that it is predicted from. What disturbs a piece
  // makes it slower, never faster.
  std::set<Piece> doubtful(const std::string& kind) const {
    const search::Latencies latencies(profile_);
    std::map<Piece, double> timed;
    std::set<Piece> found;
    std::set<std::pair<std::string, int>> slow;  // series and width
    for (const auto& point : profile_.points) {
      if (point.kind != kind) continue;
      const auto us = latencies.us(kind, point.piece);
      if (!point.held_out)
        timed[point.piece] = *us;
      else if (us && *us < (1 - kDoubtful) * point.us)
        found.insert(point.piece);
      else if (us && *us > (1 + kDoubtful) * point.us)
        slow.insert({point.piece.series, point.piece.width});
    }
    for (const auto& [piece, us] : timed)
      if (slow.contains({piece.series, piece.width})) found.insert(piece);
    const auto sort_of = [](const Piece& a, const Piece& b, int Piece::*by) {
      Piece same = a;
      same.*by = b.*by;
      return same == b && a.*by < b.*by;
    };
    for (const auto by : {&Piece::depth, &Piece::width, &Piece::w_in})
      for (auto a = timed.begin(); a != timed.end(); ++a)
        for (auto b = std::next(a); b != timed.end() && b->first.series == a->first.series; ++b)
          if (sort_of(a->first, b->first, by) && a->second > b->second) found.insert(a->first);
    return found;
  }

  void time_network() {
    const auto path = config_files(options_.nets).at(0);
    const auto config = config::load(path, options_.overrides);
    const auto network =
        search::int8_part(nets::build(config, size_of(options_, config)), path.stem().string());
    if (machine_.processors.size() > 1 && profile_.together.empty()) {
      const std::vector<ir::Model> parts(machine_.processors.size(), network);
      const auto factors = search::time_together(parts, machine_.processors, here_.engines);
      std::map<std::string, double> worst;
      for (size_t i = 0; i < factors.size(); ++i) {
        double& factor = worst[kind_of(machine_.processors[i], here_.topology)];
        factor = std::max(factor, factors[i]);
      }
      for (const auto& [kind, factor] : worst)
        file_.append(line_of(search::Together{kind, factor}));
    }
    for (const auto& [kind, processor] : kinds_) {
      if (std::ranges::count(profile_.anchors, kind, &search::AnchorTime::kind) > 0) continue;
      file_.append(line_of(search::AnchorTime{
          network.name, kind, search::time_parts({network}, processor, here_.engines)[0].us}));
    }
  }

  const ProfileOptions& options_;
  plan::Machine machine_;
  const plan::Surroundings& here_;
  search::ProfileFile file_;
  search::Profile profile_;
  Kinds kinds_;                                         // one processor of each
  std::map<std::pair<std::string, Piece>, int> times_;  // how often a piece was timed
  std::vector<Task> pieces_;
};

}  // namespace

ProfileDone profile_here(const ProfileOptions& given, const std::vector<std::string>& roles,
                         const plan::Placing& placing, const plan::Surroundings& here) {
  plan::Machine machine = plan::machine_for(roles, placing, here);
  ProfileOptions options = given;
  options.branches = static_cast<int>(std::max(roles.size(), machine.processors.size()));
  return Profiling(options, std::move(machine), here).run();
}

}  // namespace nnstretch::pipeline
