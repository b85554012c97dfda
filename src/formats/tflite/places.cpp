#include "formats/tflite/places.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/error.h"
#include "formats/foreign.h"

namespace nnstretch::tflite {
namespace {

using ir::Place;

using formats::kOnlyPlace;

bool is_word(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

// "st", "s3" or "head".
std::optional<int> stage_of(std::string_view word) {
  if (word == "st") return 0;
  if (word == "head") return kHead;
  if (word.size() < 2 || word[0] != 's') return {};
  int stage = 0;
  const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), stage);
  constexpr int kMostStages = 1000;
  if (error != std::errc() || end != word.data() + word.size() || stage < 1 || stage > kMostStages)
    return {};
  return stage;
}

// The operators around each one.
class Flow {
 public:
  explicit Flow(const File& file) : file_(file) {
    producer_.assign(file.tensor_count(), kNone);
    for (size_t i = 0; i < file.operators().size(); ++i)
      for (const int output : file.operators()[i].outputs)
        producer_[static_cast<size_t>(output)] = i;
  }
  // In the order of its operands.
  std::vector<size_t> before(size_t op) const {
    std::vector<size_t> found;
    for (const int input : file_.operators()[op].inputs)
      if (input >= 0 && producer_[static_cast<size_t>(input)] != kNone)
        found.push_back(producer_[static_cast<size_t>(input)]);
    return found;
  }
  std::vector<size_t> after(size_t op) const {
    std::vector<size_t> found;
    for (const int output : file_.operators()[op].outputs)
      found.insert(found.end(), file_.readers(output).begin(), file_.readers(output).end());
    return found;
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  const File& file_;
  std::vector<size_t> producer_;  // by tensor
};

class Repair {
 public:
  explicit Repair(const File& file) : file_(file), flow_(file) {
    for (const FileOperator& op : file.operators())
      at_.push_back(place_in_name(file.tensor(op.output()).name));
  }

  Places run() && {
    Places places;
    if (std::none_of(at_.begin(), at_.end(), [](const auto& at) { return at.has_value(); })) {
      places.operators.assign(at_.size(), {kOnlyPlace, false});
      places.inputs.assign(file_.inputs().size(), kOnlyPlace);
      return places;
    }
    number_head();
    number_branches();
    const auto tagged = at_;
    fill();
    for (size_t i = 0; i < at_.size(); ++i)
      places.operators.push_back({at_[i].value_or(kOnlyPlace), !tagged[i]});
    for (const int input : file_.inputs()) places.inputs.push_back(place_of_input(input));
    places.notes = notes(places);
    return places;
  }

 private:
  void number_head() {
    int last = 0;
    for (const auto& at : at_)
      if (at) last = std::max(last, at->stage);
    for (auto& at : at_)
      if (at && at->stage == kHead) at->stage = last + 1;
  }

  // Branches are counted in the order in which they meet, or else appear.
  void number_branches() {
    std::map<int, std::vector<std::string>> roles;  // of each stage, in order
    const auto note = [&](const Place& at) {
      auto& known = roles[at.stage];
      if (at.branch != Place::kMeeting &&
          std::find(known.begin(), known.end(), at.role) == known.end())
        known.push_back(at.role);
    };
    for (size_t i = 0; i < at_.size(); ++i)
      if (at_[i] && at_[i]->branch == Place::kMeeting)
        for (const size_t operand : flow_.before(i))
          if (at_[operand] && at_[operand]->stage == at_[i]->stage) note(*at_[operand]);
    for (const auto& at : at_)
      if (at) note(*at);
    for (auto& at : at_)
      if (at && at->branch != Place::kMeeting) {
        const auto& known = roles[at->stage];
        at->branch =
            static_cast<int>(std::find(known.begin(), known.end(), at->role) - known.begin());
      }
  }

  void fill() {
    const size_t count = at_.size();
    const auto branch_of = [&](size_t i) {
      return at_[i] && at_[i]->branch != Place::kMeeting ? at_[i] : std::nullopt;
    };
    // Between two operators of one branch, as often as that settles something.
    for (bool again = true; again;) {
      again = false;
      for (size_t i = 0; i < count; ++i) {
        if (at_[i]) continue;
        for (const size_t before : flow_.before(i))
          for (const size_t after : flow_.after(i))
            if (const auto at = branch_of(before); !at_[i] && at && at == branch_of(after))
              at_[i] = at, again = true;
      }
    }
    // What remains is at a border: with whom it reads, unless that is a meeting point and its
    // readers agree; at the beginning with who reads it.
    for (size_t i = 0; i < count; ++i) {
      if (at_[i]) continue;
      for (const size_t before : flow_.before(i))
        if (!at_[i]) at_[i] = branch_of(before);
      const auto after = flow_.after(i);
      if (!at_[i] && !after.empty() && std::all_of(after.begin(), after.end(), [&](size_t other) {
            return at_[other] && at_[other] == at_[after[0]];
          }))
        at_[i] = branch_of(after[0]);
      for (const size_t before : flow_.before(i))
        if (!at_[i]) at_[i] = at_[before];
    }
    for (size_t i = count; i-- > 0;)
      for (const size_t after : flow_.after(i))
        if (!at_[i]) at_[i] = at_[after];
  }

  Place place_of_input(int input) const {
    const auto& readers = file_.readers(input);
    if (readers.empty() || !at_[readers[0]]) return kOnlyPlace;
    return *at_[readers[0]];
  }

  std::vector<std::string> notes(const Places& places) const {
    std::map<std::string, int> repaired;
    for (size_t i = 0; i < places.operators.size(); ++i)
      if (places.operators[i].repaired) ++repaired[name_of(file_.operators()[i].code)];
    if (repaired.empty()) return {};
    std::vector<std::string> counts;
    for (const auto& [op, count] : repaired) counts.push_back(fmt::format("{} {}", count, op));
    return {fmt::format("operators without a tag in their name, placed by data flow: {}",
                        fmt::join(counts, ", "))};
  }

  const File& file_;
  Flow flow_;
  std::vector<std::optional<Place>> at_;
};

}  // namespace

std::optional<Place> place_in_name(std::string_view name) {
  name = name.substr(0, name.find(';'));
  for (size_t begin = 0; begin < name.size();) {
    const size_t slash = std::min(name.find('/', begin), name.size());
    const std::string_view word = name.substr(begin, slash - begin);
    begin = slash + 1;
    const size_t first = word.find('_'), second = word.find('_', first + 1);
    if (first == word.npos || second == word.npos) continue;
    const auto stage = stage_of(word.substr(0, first));
    const std::string_view role = word.substr(first + 1, second - first - 1);
    if (!stage || !is_word(role)) continue;
    const bool meets = word.find("_mp_end") != word.npos && *stage > 0;
    return Place{*stage, meets ? Place::kMeeting : 0, std::string(role)};
  }
  return {};
}

Places places_of(const File& file, const formats::Metadata* metadata) {
  if (!metadata) return Repair(file).run();
  if (metadata->inputs.size() != file.inputs().size() ||
      metadata->operators.size() != file.operators().size()) {
    Places places = Repair(file).run();
    places.notes.insert(places.notes.begin(),
                        "the metadata is of another graph, as after a tool that added or removed "
                        "operators: branches are taken from names");
    return places;
  }
  Places places{.inputs = metadata->inputs, .operators = {}, .notes = {}};
  for (const Place& at : metadata->operators) places.operators.push_back({at, false});
  return places;
}

}  // namespace nnstretch::tflite
