// A part that another processor takes over when its own fails after it was compiled: a GPU that was
// reset, a driver that is gone. From then on every session runs it there.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/error.h"
#include "plan/plan.h"
#include "plan/surroundings.h"

namespace nnstretch::runtime {

// The standby for a part that was meant for another processor: a network in float stays in float.
engines::Processor standby_for(const engines::Processor& own, engines::Processor standby);
// Neither runs it.
EngineError failed_on_both(const Message& own, const engines::Processor& standby,
                           const Message& on_standby);

class StandbyPart : public engines::CompiledPart, public std::enable_shared_from_this<StandbyPart> {
 public:
  // `own` is `part` on its processor; `standby` would compile it with one of the engines `here`.
  // To be made by a thread that is not bound to cores.
  StandbyPart(std::shared_ptr<const engines::CompiledPart> own, const plan::PlanPart& part,
              const engines::Processor& processor, engines::Processor standby,
              const plan::Surroundings& here);

  // An instance that goes over to the standby at its first EngineError, be it made, bound or run:
  // EngineError only if that fails too. The first to fail waits for the compilation.
  std::unique_ptr<engines::PartInstance> instantiate() const override;
  // Of whoever runs it now.
  std::string engine() const override { return now().engine(); }
  std::vector<std::string> notes() const override { return now().notes(); }
  // Set once it was taken over.
  std::optional<plan::Fallback> fallback() const;

 private:
  friend class StandbyInstance;
  bool taken_over() const { return taken_over_.load(std::memory_order_acquire); }
  const engines::CompiledPart& now() const { return taken_over() ? *on_standby_ : *own_; }
  // `when`: "it ran". EngineError with both reasons if the standby cannot have it.
  void take_over(std::string_view when, const Message& why) const;

  const std::shared_ptr<const engines::CompiledPart> own_;
  const ir::Model model_;
  const std::string name_;
  const engines::Processor processor_, standby_;
  const engines::EngineList engines_;
  const std::vector<int> all_cores_;
  mutable std::mutex mutex_;  // of the one that takes over
  mutable std::atomic<bool> taken_over_ = false;
  mutable std::shared_ptr<const engines::CompiledPart> on_standby_;  // written before taken_over_
  mutable std::string reason_;                                       // too
};

}  // namespace nnstretch::runtime
