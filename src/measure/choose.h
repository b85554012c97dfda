// The fastest plan for a network: candidates are compiled, timed in turns and compared, and what
// won is remembered, so that the same network gives the same plan from then on.
//     const Chosen best = choose(model, placing, here);
//     Session session(best.compiled);
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "measure/plan_race.h"

namespace nnstretch::measure {

// What is asked for: the parts as configured, or the fastest, of wholes or of all candidates.
enum class Pick { parts, whole, best };
inline constexpr std::array kPicks = {Pick::parts, Pick::whole, Pick::best};
std::string_view name_of(Pick pick);

struct ChooseOptions {
  Pick pick = Pick::best;
  bool race = true;  // false: what was remembered, else the parts; of wholes the most threads
  int rounds = 40;   // at most, of each that is timed to the end
  // Whether nobody else uses the machine, asked after the timing. What was timed on a busy one is
  // not remembered, and the parts stay; of wholes the fastest is taken all the same. Empty: the
  // system is asked (measure/signs.h).
  std::function<bool()> is_free = {};
  // Of the same network, and not running meanwhile: parts that it has are not compiled again.
  std::shared_ptr<const runtime::CompiledPlan> known = nullptr;
};

struct Chosen {
  std::shared_ptr<const runtime::CompiledPlan> compiled;
  std::string candidate;
  plan::Kind kind = plan::Kind::parts;
  std::vector<Standing> standings = {};  // of a race: the fastest first
  bool remembered = false;               // from an earlier race
  bool raced = false;                    // now
  std::string doubt = {};                // why the race decided nothing
};

// Tells each part that is compiled, and by which engine. `on_step` must outlive it.
runtime::OnPart telling_parts(const OnStep& on_step);

// Parts as configured are compiled and not compared. Candidates that an engine fails at are left
// out; EngineError if none is left, and the errors of plan_for(). Where the rounds do not agree or
// the machine is not free, it is what was remembered, else the first candidate. `on_step` is told
// what begins; may be empty.
Chosen choose(const ir::Model& model, const plan::Placing& placing, const plan::Surroundings& here,
              const ChooseOptions& options = {}, const OnStep& on_step = {});

}  // namespace nnstretch::measure
