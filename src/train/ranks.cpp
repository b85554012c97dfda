#include "train/ranks.h"

#include <fmt/format.h>
#include <signal.h>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "train/device.h"
#include "train/train_error.h"

namespace nnstretch::train {
namespace {

using Store = c10::intrusive_ptr<c10d::Store>;

// Between CPUs; numbers of a GPU go through host memory.
struct Gloo {
  using Group = c10d::ProcessGroupGloo;
  static torch::Device device() { return torch::kCPU; }
  static c10::intrusive_ptr<Group> meet(const Meeting& meeting, const Store& store) {
    const auto options = Group::Options::create();
    options->timeout = meeting.timeout;
    options->devices.push_back(meeting.host.empty() ? Group::createDeviceForHostname("127.0.0.1")
                                                    : Group::createDefaultDevice());
    return c10::make_intrusive<Group>(store, meeting.rank, meeting.world, options);
  }
};

#ifdef USE_C10D_NCCL
// Between GPUs, each of which one rank has.
struct Nccl {
  using Group = c10d::ProcessGroupNCCL;
  static bool fits(const Meeting& meeting) {
    return train::device().is_cuda() && meeting.local_world <= gpu_count();
  }
  static torch::Device device() { return train::device(); }
  static c10::intrusive_ptr<Group> meet(const Meeting& meeting, const Store& store) {
    // Else who waits for a rank that is gone waits for ever. The other name is that of libtorch 2.
    ::setenv("NCCL_BLOCKING_WAIT", "1", 0);
    ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
    const auto options = Group::Options::create();
    options->timeout = meeting.timeout;
    return c10::make_intrusive<Group>(store, meeting.rank, meeting.world, options);
  }
};
#endif

template <class Kind>
class GroupRanks final : public Ranks {
 public:
  explicit GroupRanks(const Meeting& meeting) : meeting_(meeting) {
    attempt([&] { group_ = Kind::meet(meeting, store()); });
  }
  int rank() const override { return meeting_.rank; }
  int world() const override { return meeting_.world; }
  // Each rank adds up one part of everybody's numbers, in the order of ranks, and tells the others.
  // The libraries' own sums begin elsewhere in each part, so that three ranks would round unlike
  // three lanes.
  void sum(Tensor& tensor) override {
    attempt([&] {
      const int64_t world = meeting_.world, part = (tensor.numel() + world - 1) / world;
      Tensor all = torch::zeros({part * world}, tensor.options().device(Kind::device()));
      const Tensor used = all.narrow(0, 0, tensor.numel());
      used.copy_(tensor.flatten());
      Tensor theirs = torch::empty_like(all);
      std::vector<int64_t> equal;  // parts
      group_->alltoall_base(theirs, all, equal, equal)->wait();
      std::vector<Tensor> sum = {theirs.narrow(0, 0, part)};
      for (int64_t rank = 1; rank < world; ++rank)
        sum[0] = sum[0] + theirs.narrow(0, rank * part, part);
      std::vector<std::vector<Tensor>> sums = {all.split(part)};
      group_->allgather(sums, sum)->wait();
      tensor.copy_(used.view_as(tensor));
    });
  }

 private:
  Store store() const {
    if (!meeting_.file.empty())
      return c10::make_intrusive<c10d::FileStore>(meeting_.file.string(), meeting_.world);
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(meeting_.port);
    options.isServer = meeting_.rank == 0 && !meeting_.is_served;
    options.numWorkers = meeting_.world;
    options.waitWorkers = !meeting_.is_served;  // who answers there has other clients to count
    options.timeout = meeting_.timeout;
    // Keys of its own among those of torchrun and of attempts before this one.
    return c10::make_intrusive<c10d::PrefixStore>(
        fmt::format("nnstretch/{}", meeting_.attempt),
        c10::make_intrusive<c10d::TCPStore>(meeting_.host, options));
  }
  // The libraries throw when a connection breaks or nothing comes in time.
  template <class F>
  void attempt(F&& work) const {
    try {
      work();
    } catch (const std::exception& error) {
      const std::string_view all = error.what();
      throw TrainError(
          {.what = fmt::format("another rank is gone, or did not come within {} s ({})",
                               meeting_.timeout.count(), all.substr(0, all.find('\n'))),
           .where = fmt::format("rank {} of {}", meeting_.rank, meeting_.world),
           .fix = "see what that rank says; start all of them again, they go on from the last "
                  "checkpoint"});
    }
  }

  Meeting meeting_;
  c10::intrusive_ptr<typename Kind::Group> group_;
};

std::string_view variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

int number(const char* name, int least, int most) {
  const std::string_view given = variable(name);
  int value = 0;
  const auto [end, failed] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (failed != std::errc() || end != given.data() + given.size() || value < least || value > most)
    throw UsageError(
        {.what = fmt::format("${} is '{}', not a number from {} to {}", name, given, least, most),
         .fix = "start as torchrun does: RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT"});
  return value;
}

}  // namespace

std::optional<Meeting> meeting_of_environment() {
  if (!std::getenv("WORLD_SIZE")) return {};
  constexpr int kMostRanks = 65536, kMostPort = 65535, kMostAttempts = 1000000;
  Meeting meeting;
  meeting.world = number("WORLD_SIZE", 1, kMostRanks);
  meeting.rank = number("RANK", 0, meeting.world - 1);
  if (std::getenv("LOCAL_RANK")) meeting.local_rank = number("LOCAL_RANK", 0, meeting.world - 1);
  if (std::getenv("LOCAL_WORLD_SIZE"))
    meeting.local_world = number("LOCAL_WORLD_SIZE", 1, meeting.world);
  if (std::getenv("TORCHELASTIC_RESTART_COUNT"))
    meeting.attempt = number("TORCHELASTIC_RESTART_COUNT", 0, kMostAttempts);
  meeting.is_served = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  meeting.port = number("MASTER_PORT", 1, kMostPort);
  meeting.host = variable("MASTER_ADDR");
  if (meeting.host.empty())
    throw UsageError({.what = "$MASTER_ADDR does not name the computer of rank 0"});
  return meeting;
}

std::unique_ptr<Ranks> meet(const Meeting& meeting) {
  if (meeting.world == 1) return std::make_unique<Ranks>();
  // Who writes to a rank that is gone shall say so, not be ended in silence.
  ::signal(SIGPIPE, SIG_IGN);
#ifdef USE_C10D_NCCL
  if (Nccl::fits(meeting)) return std::make_unique<GroupRanks<Nccl>>(meeting);
#endif
  return std::make_unique<GroupRanks<Gloo>>(meeting);
}

}  // namespace nnstretch::train
