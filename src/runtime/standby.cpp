#include "runtime/standby.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::runtime {

engines::Processor standby_for(const engines::Processor& own, engines::Processor standby) {
  standby.precision = own.precision;
  return standby;
}

EngineError failed_on_both(const Message& own, const engines::Processor& standby,
                           const Message& on_standby) {
  return EngineError({.what = fmt::format("{}; and {} cannot take the part over: {}", own.what,
                                          standby.name, on_standby.what),
                      .where = own.where,
                      .fix = own.fix});
}

class StandbyInstance : public engines::PartInstance {
 public:
  explicit StandbyInstance(std::shared_ptr<const StandbyPart> part) : part_(std::move(part)) {
    if (!part_->taken_over()) try {
        instance_ = part_->own_->instantiate();
        return;
      } catch (const EngineError& error) {
        part_->take_over("it was made ready", error.message());
      }
    move();
  }

  void bind(std::span<const engines::Buffer> in, std::span<const engines::Buffer> out) override {
    in_.assign(in.begin(), in.end());
    out_.assign(out.begin(), out.end());
    if (on_standby_) return instance_->bind(in_, out_);
    try {
      instance_->bind(in_, out_);
    } catch (const EngineError& error) {
      part_->take_over("it was made ready", error.message());
      move();
    }
  }

  void run() override {
    if (!on_standby_ && !part_->taken_over()) try {
        return instance_->run();
      } catch (const EngineError& error) {
        part_->take_over("it ran", error.message());
      }
    if (!on_standby_) move();
    instance_->run();
  }

  std::optional<double> copy_us() const override { return instance_->copy_us(); }

 private:
  void move() {
    auto moved = part_->on_standby_->instantiate();
    if (!out_.empty()) moved->bind(in_, out_);
    instance_ = std::move(moved);
    on_standby_ = true;
  }

  std::shared_ptr<const StandbyPart> part_;
  bool on_standby_ = false;
  std::unique_ptr<engines::PartInstance> instance_;
  std::vector<engines::Buffer> in_, out_;  // empty before bind()
};

StandbyPart::StandbyPart(std::shared_ptr<const engines::CompiledPart> own,
                         const plan::PlanPart& part, const engines::Processor& processor,
                         engines::Processor standby, const plan::Surroundings& here)
    : own_(std::move(own)),
      model_(part.model),
      name_(part.name),
      processor_(processor),
      standby_(standby_for(processor, std::move(standby))),
      engines_(here.engines),
      all_cores_(here.cores()) {}

std::unique_ptr<engines::PartInstance> StandbyPart::instantiate() const {
  return std::make_unique<StandbyInstance>(shared_from_this());
}

std::optional<plan::Fallback> StandbyPart::fallback() const {
  if (!taken_over()) return std::nullopt;
  return plan::Fallback{name_, reason_, standby_.name};
}

void StandbyPart::take_over(std::string_view when, const Message& why) const {
  const std::lock_guard lock(mutex_);
  if (taken_over()) return;
  try {
    const Pinned unbound(all_cores_);  // a worker may call, but engines compile on all cores
    on_standby_ = engines_.find(standby_.engine).compile(model_, standby_);
  } catch (const EngineError& error) {
    throw failed_on_both(why, standby_, error.message());
  }
  reason_ = fmt::format("{} failed while {}: {}", processor_.name, when, why.what);
  taken_over_.store(true, std::memory_order_release);
}

}  // namespace nnstretch::runtime
