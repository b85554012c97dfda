#include "search/optimum.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "search/bounds.h"
#include "search/front.h"

namespace nnstretch::search {
namespace {

constexpr size_t kBeam = 50;  // labels a state in the pass that looks for a good network quickly
// Of the best network's value: others in this distance are met on the way and can be shown, too.
constexpr double kSlack = 0.005;
constexpr double kNothing = std::numeric_limits<double>::max();

// The beginning of a network, up to a state, and where it came from.
struct Label {
  Totals totals;
  size_t state = 0, label = 0, option = 0;  // of the state before
};

// A state's options, those first that promise most.
struct Order {
  std::vector<size_t> options;
  std::vector<double> promise;  // of each, by the best prices; ascending
};

class Search {
 public:
  Search(const Paths& paths, const Goal& goal, const Bounds& bounds, const Effort& effort)
      : paths_(paths), goal_(goal), bounds_(bounds), effort_(effort), best_(effort.known) {
    for (const auto& state : paths_.states()) orders_.push_back(order_of(state));
    if (bounds_.met) take(*bounds_.met);
  }

  // Whether all was looked at that could be better, within the effort.
  bool run() {
    pass(kBeam);
    return pass(std::numeric_limits<size_t>::max());
  }

  // Networks that meet the goal, the best first.
  std::vector<Path> found() && {
    std::ranges::stable_sort(found_, {}, [&](const Path& path) { return value(path.totals); });
    return std::move(found_);
  }

 private:
  double value(const Totals& totals) const { return static_cast<double>(totals[goal_.minimise]); }
  // Bounds above this are of no use; half of the smallest difference that there is on top.
  double worth() const {
    if (best_ == kNothing) return kNothing;
    return best_ + (effort_.count > 1 ? kSlack * std::abs(best_) : 0) + 0.5;
  }
  void take(Path path) {
    best_ = std::min(best_, value(path.totals));
    found_.push_back(std::move(path));
  }

  Order order_of(const Paths::State& state) const {
    const Bound& bound = bounds_.all.at(0);
    const size_t count = state.options.size();
    std::vector<double> promise(count);
    for (size_t k = 0; k < count; ++k)
      promise[k] = weighed(bound.weights, state.options[k].totals) + bound.rests[state.next[k]];
    Order order{.options = std::vector<size_t>(count), .promise = {}};
    std::iota(order.options.begin(), order.options.end(), size_t{0});
    std::ranges::sort(order.options, {}, [&](size_t k) { return promise[k]; });
    for (const size_t k : order.options) order.promise.push_back(promise[k]);
    return order;
  }

  bool hopeless(const Totals& so_far, size_t state) const {
    const double worth = this->worth();
    return std::ranges::any_of(bounds_.all,
                               [&](const Bound& bound) { return bound.of(so_far, state) > worth; });
  }

  void narrow(std::vector<Label>& labels, size_t state, size_t most) const {
    keep_front(labels);
    if (labels.size() <= most) return;
    const Bound& bound = bounds_.all[0];
    std::ranges::nth_element(labels, labels.begin() + static_cast<ptrdiff_t>(most), {},
                             [&](const Label& one) { return bound.of(one.totals, state); });
    labels.resize(most);
  }

  // Goes on from a label by each option that may lead to something better. False: too much effort.
  bool extend(size_t state, size_t label) {
    const Paths::State& from = paths_.states()[state];
    const Bound& bound = bounds_.all[0];
    const Totals so_far = labels_[state][label].totals;
    const double begun = weighed(bound.weights, so_far) - bound.limits;
    const double worth = this->worth();
    for (size_t k = 0; k < from.options.size() && begun + orders_[state].promise[k] <= worth; ++k) {
      if (++steps_ > effort_.most_steps) return false;
      const size_t option = orders_[state].options[k], next = from.next[option];
      const Totals totals = so_far + from.options[option].totals;
      if (!hopeless(totals, next)) labels_[next].push_back({totals, state, label, option});
    }
    return true;
  }

  Path path_of(size_t end, const Label& last) const {
    Path path{.steps = {}, .totals = last.totals + paths_.head(end)};
    for (const Label* at = &last;; at = &labels_[at->state][at->label]) {
      path.steps.emplace_back(at->state, at->option);
      if (at->state == 0) break;
    }
    std::ranges::reverse(path.steps);
    return path;
  }

  bool pass(size_t most) {
    labels_.assign(paths_.states().size(), {});
    labels_[0].push_back({.totals = paths_.stem()});
    for (size_t state = 0; state < labels_.size(); ++state) {
      narrow(labels_[state], state, most);
      if (paths_.is_end(paths_.states()[state])) {
        for (const Label& label : labels_[state])
          if (goal_.met_by(label.totals + paths_.head(state))) take(path_of(state, label));
        continue;
      }
      for (size_t label = 0; label < labels_[state].size(); ++label)
        if (!extend(state, label)) return false;
    }
    return true;
  }

  const Paths& paths_;
  const Goal& goal_;
  const Bounds& bounds_;
  const Effort& effort_;
  std::vector<Order> orders_;               // by state
  std::vector<std::vector<Label>> labels_;  // by state
  std::vector<Path> found_;
  double best_;
  int64_t steps_ = 0;
};

// The choices behind a path, with all totals.
Found found_of(const Problem& problem, const Paths& paths, const Path& path) {
  Found found{.totals = problem.stem, .stages = {}};
  size_t end = 0;
  for (const auto& [at, index] : path.steps) {
    const Paths::State& state = paths.states()[at];
    const StageOption& option = state.options[index];
    const Way way = problem.ways(state.stage, state.w_in).at(option.way);
    Filling filling{.way = option.way, .branches = {}, .totals = {}};
    int out = 0;
    for (size_t slot = 0; slot < way.slots.size(); ++slot) {
      const Choice& choice = way.slots[slot].at(option.picks.at(slot));
      filling.branches.push_back(choice.size);
      out += choice.out;
      const int64_t slowest = std::max(filling.totals.ns, choice.totals.ns);
      filling.totals += choice.totals;
      filling.totals.ns = slowest;
    }
    if (way.extra) filling.totals += way.extra(out);
    found.totals += filling.totals;
    found.stages.push_back(std::move(filling));
    end = state.next[index];
  }
  found.totals += problem.head(paths.states()[end].w_in);
  return found;
}

bool differ(const Found& one, const Found& other) {
  size_t different = 0;
  for (size_t i = 0; i < one.stages.size(); ++i)
    different += one.stages[i].way != other.stages[i].way ||
                 one.stages[i].branches != other.stages[i].branches;
  return 2 * different >= one.stages.size() && different > 0;
}

}  // namespace

double Answer::gap(Total total) const {
  if (proven || best.empty()) return 0;
  const double value = static_cast<double>(best[0].totals[total]);
  return std::max(0.0, (value - bound) / std::abs(value));
}

Answer optimum(const Problem& problem, const Goal& goal, const Effort& effort) {
  const bool parameters = goal.minimise == Total::parameters || goal.limits_any(Total::parameters);
  const Paths paths(problem, parameters);
  const Bounds bounds = bounds_of(paths, goal);
  if (bounds.all.empty()) return {.best = {}, .bound = 0, .proven = true};
  Search search(paths, goal, bounds, effort);
  Answer answer{.best = {}, .bound = bounds.all[0].of(paths.stem(), 0), .proven = search.run()};
  for (const Path& path : std::move(search).found()) {
    Found next = found_of(problem, paths, path);
    if (std::ranges::all_of(answer.best, [&](const Found& one) { return differ(one, next); }))
      answer.best.push_back(std::move(next));
    if (answer.best.size() == effort.count) break;
  }
  if (answer.proven && !answer.best.empty())
    answer.bound = static_cast<double>(answer.best[0].totals[goal.minimise]);
  return answer;
}

}  // namespace nnstretch::search
