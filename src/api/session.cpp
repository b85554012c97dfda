#include "nnstretch/session.h"

#include "api/impl.h"
#include "runtime/balanced_session.h"

namespace nnstretch {

class Session::Impl {
 public:
  runtime::BalancedSession session;
};

Session::Session(const Network& network, const SessionOptions& options) {
  std::vector plans = {network.impl_->plan};
  if (options.spare) plans.push_back(options.spare->impl_->plan);
  impl_ = std::make_unique<Impl>(Impl{runtime::BalancedSession(
      plans, options.sequential ? runtime::Order::sequential : runtime::Order::parallel,
      {.inputs = options.inputs, .outputs = options.outputs})});
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

std::span<std::byte> Session::input(size_t index) { return impl_->session.input(index); }
std::span<const std::byte> Session::output(size_t index) const {
  return impl_->session.output(index);
}
void Session::run() { impl_->session.run(); }
void Session::run(std::span<const std::byte> input, std::span<std::byte> output) {
  impl_->session.run(input, output);
}
void Session::cancel() { impl_->session.cancel(); }
bool Session::on_spare() const { return impl_->session.last() > 0; }
Timeline Session::timeline() const {
  const runtime::Plan& plan = impl_->session.plan();
  return api::describe(plan, impl_->session.timeline(),
                       [&](size_t part) { return plan.parts.at(part).processor; });
}

}  // namespace nnstretch
