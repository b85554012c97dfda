#include "runtime/standby.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::runtime {

class StandbyInstance : public engines::PartInstance {
 public:
  explicit StandbyInstance(std::shared_ptr<const StandbyPart> part)
      : part_(std::move(part)),
        on_spare_(part_->taken_over()),
        instance_(part_->now().instantiate()) {}

  void bind(std::span<const engines::Buffer> in, std::span<const engines::Buffer> out) override {
    in_.assign(in.begin(), in.end());
    out_.assign(out.begin(), out.end());
    instance_->bind(in_, out_);
  }

  void run() override {
    if (!on_spare_ && !part_->taken_over()) try {
        return instance_->run();
      } catch (const EngineError& error) {
        part_->take_over(error.message());
      }
    if (!on_spare_) move();
    instance_->run();
  }

 private:
  void move() {
    auto moved = part_->now().instantiate();
    moved->bind(in_, out_);
    instance_ = std::move(moved);
    on_spare_ = true;
  }

  std::shared_ptr<const StandbyPart> part_;
  bool on_spare_;
  std::unique_ptr<engines::PartInstance> instance_;
  std::vector<engines::Buffer> in_, out_;
};

// A network in float stays in float: the spare takes the part with the precision it has.
StandbyPart::StandbyPart(std::shared_ptr<const engines::CompiledPart> own, const PlanPart& part,
                         const engines::Processor& processor, engines::Processor spare,
                         EngineFinder find)
    : own_(std::move(own)),
      model_(part.model),
      name_(part.name),
      processor_(processor),
      spare_([&] {
        spare.precision = processor.precision;
        return std::move(spare);
      }()),
      find_(std::move(find)),
      all_cores_(allowed_cores()) {}

std::unique_ptr<engines::PartInstance> StandbyPart::instantiate() const {
  return std::make_unique<StandbyInstance>(shared_from_this());
}

std::optional<Fallback> StandbyPart::fallback() const {
  if (!taken_over()) return std::nullopt;
  return Fallback{name_, reason_, spare_.name};
}

void StandbyPart::take_over(const Message& why) const {
  const std::lock_guard lock(mutex_);
  if (taken_over()) return;
  try {
    const Pinned unbound(all_cores_);  // a worker calls, but engines compile on all cores
    on_spare_ = find_(spare_.engine).compile(model_, spare_);
  } catch (const EngineError& error) {
    throw EngineError({.what = fmt::format("{}; and {} cannot take the part over: {}", why.what,
                                           spare_.name, error.message().what),
                       .where = why.where,
                       .fix = why.fix});
  }
  reason_ = fmt::format("{} failed while it ran: {}", processor_.name, why.what);
  taken_over_.store(true, std::memory_order_release);
}

}  // namespace nnstretch::runtime
