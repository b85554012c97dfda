#include "nnstretch/session.h"

#include <chrono>
#include <utility>

#include "api/caller.h"
#include "api/impl.h"
#include "runtime/balanced_session.h"

namespace nnstretch {

class Session::Impl {
 public:
  explicit Impl(std::unique_ptr<runtime::BalancedSession> made) : session(std::move(made)) {}
  ~Impl() {
    if (!caller.is_here()) {
      static_cast<void>(session.release());  // the threads to be joined are not here
      return;
    }
    for (; caller.is_inside(); std::this_thread::sleep_for(std::chrono::microseconds(100)))
      session->cancel();
  }

  // On the calling thread, which computes a part of it.
  void run(const auto& work) {
    api::check_stack();
    call(work);
  }
  // With the calling thread inside.
  auto call(const auto& work) {
    return api::translated([&] {
      const api::Caller::Call call(caller, "session");
      return work(*session);
    });
  }

  std::unique_ptr<runtime::BalancedSession> session;
  api::Caller caller;
};

Session::Session(const Network& network, const SessionOptions& options) {
  impl_ = api::made([&] {
    std::vector plans = {network.impl().here()};
    if (options.spare) plans.push_back(options.spare->impl().here());
    return std::make_unique<Impl>(std::make_unique<runtime::BalancedSession>(
        plans, options.sequential ? runtime::Order::sequential : runtime::Order::parallel,
        runtime::Memory{.inputs = options.inputs, .outputs = options.outputs}));
  });
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session::Impl& Session::impl() const { return api::behind(impl_, "session"); }

std::span<std::byte> Session::input(size_t index) {
  return api::translated([&] { return impl().session->input(index); });
}
std::span<const std::byte> Session::output(size_t index) const {
  return api::translated([&] { return std::as_const(*impl().session).output(index); });
}
void Session::run() {
  impl().run([](auto& session) { session.run(); });
}
void Session::run(std::span<const std::byte> input, std::span<std::byte> output) {
  impl().run([&](auto& session) {
    api::check_address("input", input);
    api::check_address("output", output);
    session.run(input, output);
  });
}
void Session::cancel() { impl().session->cancel(); }
bool Session::on_spare() const {
  return impl().call([](auto& session) { return session.last() > 0; });
}
Timeline Session::timeline() const {
  return impl().call([](auto& session) {
    const plan::Plan& plan = session.plan();
    return api::describe(plan, session.timeline(),
                         [&](size_t part) { return plan.parts.at(part).processor; });
  });
}

}  // namespace nnstretch
