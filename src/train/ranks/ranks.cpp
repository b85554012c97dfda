#include "train/ranks/ranks.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include "train/device.h"
#include "train/ranks/tcp_store.h"
#include "train/train_error.h"

namespace nnstretch::train {
namespace {

using Store = c10::intrusive_ptr<c10d::Store>;

std::string_view variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

// The libraries throw when a connection breaks or nothing comes in time.
template <class F>
void attempt(const Meeting& meeting, F&& work) {
  try {
    work();
  } catch (const Error&) {
    throw;  // says more
  } catch (const std::exception& error) {
    const std::string_view all = error.what();
    throw TrainError(
        {.what = fmt::format("another rank is gone, or did not come within {} s ({})",
                             meeting.timeout.count(), all.substr(0, all.find('\n'))),
         .where = fmt::format("rank {} of {}", meeting.rank, meeting.world),
         .fix = "see what that rank says; start all of them again, they go on from the last "
                "checkpoint"});
  }
}

Store store_of(const Meeting& meeting) {
  if (!meeting.file.empty())
    return c10::make_intrusive<c10d::FileStore>(meeting.file.string(), meeting.world);
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(meeting.port);
  options.isServer = meeting.rank == 0 && !meeting.is_served;
  options.numWorkers = meeting.world;
  options.waitWorkers = !meeting.is_served;  // who answers there has other clients to count
  options.timeout = meeting.timeout;
  // Keys of its own among those of torchrun and of attempts before this one.
  return c10::make_intrusive<c10d::PrefixStore>(fmt::format("nnstretch/{}", meeting.attempt),
                                                tcp_store(meeting.host, options));
}

// Of this rank, as has_each_a_gpu() wants it.
std::string gpu_name() {
#ifdef USE_C10D_NCCL
  if (device().is_cuda()) {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return fmt::format("{}/{}", host.data(), device().index());
  }
#endif
  return {};
}

// Of all ranks, in their order. Asked with every libtorch, whether it brings NCCL or not: what one
// rank cannot do, none may begin.
std::vector<std::string> gpus_of_all(c10d::Store& store, const Meeting& meeting) {
  const std::string mark = "gpu ";  // not every store takes nothing for a value
  const auto key = [](int rank) { return fmt::format("gpu/{}", rank); };
  store.setTimeout(meeting.timeout);
  const std::string own = mark + gpu_name();
  store.set(key(meeting.rank), std::vector<uint8_t>(own.begin(), own.end()));
  std::vector<std::string> names;
  for (int rank = 0; rank < meeting.world; ++rank) {
    const std::vector<uint8_t> said = store.get(key(rank));
    names.push_back(std::string(said.begin(), said.end()).substr(mark.size()));
  }
  return names;
}

// Between CPUs; numbers of a GPU go through host memory.
struct Gloo {
  using Group = c10d::ProcessGroupGloo;
  static torch::Device device() { return torch::kCPU; }
  static c10::intrusive_ptr<Group> meet(const Meeting& meeting, const Store& store) {
    const auto options = Group::Options::create();
    options->timeout = meeting.timeout;
    options->devices = devices(meeting);
    return c10::make_intrusive<Group>(store, meeting.rank, meeting.world, options);
  }

 private:
  using Devices = decltype(Group::Options::devices);
  static Devices devices(const Meeting& meeting) {
    if (meeting.host.empty()) return {Group::createDeviceForHostname("127.0.0.1")};
    // As in libtorch's Python: a computer may know its own name as an address that others cannot
    // reach.
    const std::string_view chosen = variable("GLOO_SOCKET_IFNAME");
    if (chosen.empty()) return {Group::createDefaultDevice()};
    Devices devices;
    std::istringstream names{std::string(chosen)};
    for (std::string name; std::getline(names, name, ',');) devices.push_back(device_of(name));
    return devices;
  }
  static Devices::value_type device_of(const std::string& interface) try {
    return Group::createDeviceForInterface(interface);
  } catch (const std::exception&) {
    throw UsageError(
        {.what = fmt::format("'{}' is no network interface with an address", interface),
         .where = "$GLOO_SOCKET_IFNAME",
         .fix = "name one that `ip address` shows"});
  }
};

#ifdef USE_C10D_NCCL
// Between GPUs, each of which one rank has.
struct Nccl {
  using Group = c10d::ProcessGroupNCCL;
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
  GroupRanks(const Meeting& meeting, const Store& store) : meeting_(meeting) {
    attempt(meeting_, [&] { group_ = Kind::meet(meeting_, store); });
  }
  int rank() const override { return meeting_.rank; }
  int world() const override { return meeting_.world; }
  // Each rank adds up one part of everybody's numbers, in the order of ranks, and tells the others.
  // The libraries' own sums begin elsewhere in each part, so that three ranks would round unlike
  // three lanes.
  void sum(Tensor& tensor) override {
    attempt(meeting_, [&] {
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
  Meeting meeting_;
  c10::intrusive_ptr<typename Kind::Group> group_;
};

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

bool has_each_a_gpu(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::find(names.begin(), names.end(), "") == names.end() &&
         std::adjacent_find(names.begin(), names.end()) == names.end();
}

std::unique_ptr<Ranks> meet(const Meeting& meeting) {
  if (meeting.world == 1) return std::make_unique<Ranks>();
  // Who writes to a rank that is gone shall say so, not be ended in silence.
  ::signal(SIGPIPE, SIG_IGN);
  Store store;
  [[maybe_unused]] bool over_nccl = false;
  attempt(meeting, [&] {
    store = store_of(meeting);
    over_nccl = has_each_a_gpu(gpus_of_all(*store, meeting));
  });
#ifdef USE_C10D_NCCL
  if (over_nccl) return std::make_unique<GroupRanks<Nccl>>(meeting, store);
#endif
  return std::make_unique<GroupRanks<Gloo>>(meeting, store);
}

}  // namespace nnstretch::train
