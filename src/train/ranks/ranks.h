// The processes that train one network together. Each has its own part of every batch; they meet
// once a step.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "train/torch.h"

namespace nnstretch::train {

class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const { return 0; }
  virtual int world() const { return 1; }
  // Adds up over all ranks in their order, in place; all must come with as many numbers, and all
  // have the same bits afterwards. TrainError naming this rank if another one is gone or does not
  // come in time.
  virtual void sum(Tensor& /*contiguous*/) {}
};

// How ranks find each other.
struct Meeting {
  int rank = 0, world = 1;
  int local_rank = 0, local_world = 1;  // among those of this computer
  std::filesystem::path file;           // on one computer: a file that does not exist yet
  std::string host;                     // on many: where what they say to each other is kept
  int port = 0;
  bool is_served = false;  // host and port answer already; otherwise rank 0 answers there
  int attempt = 0;         // how often all were started again and meet where they met before
  std::chrono::seconds timeout{600};  // for the others to come, now and at every step
};
// What the environment says that torchrun sets: RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT; and,
// which need not be there, LOCAL_RANK, LOCAL_WORLD_SIZE, TORCHELASTIC_USE_AGENT_STORE (torchrun
// itself answers at MASTER_PORT) and TORCHELASTIC_RESTART_COUNT.
// Nothing without WORLD_SIZE; UsageError if the others do not make sense.
std::optional<Meeting> meeting_of_environment();

// Of the names of all ranks' GPUs, "<computer>/<index>", empty where a rank has none that NCCL can
// use: whether every rank has one of its own.
bool has_each_a_gpu(std::vector<std::string> names);

// When all are there: over NCCL where all of them find that every rank has a GPU of its own and a
// libtorch that brings NCCL, else over Gloo; between computers at the interface
// $GLOO_SOCKET_IFNAME. TrainError if one does not come in time, UsageError if there is no such
// interface. The process ignores SIGPIPE from then on.
std::unique_ptr<Ranks> meet(const Meeting& meeting);

}  // namespace nnstretch::train
