// Weights of a network: from a checkpoint, or made up so that every machine has the same ones.
//     const weights::Loaded loaded = weights::load("R-34-CD.pyth");
//     model.weights = weights::select(model.graph, loaded.weights, "R-34-CD.pyth");
//     model.weights = weights::initialise(model.graph);  // without a checkpoint
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace nnstretch::weights {

// Which of the two networks in a pycls checkpoint: the trained one or its moving average. `best` is
// the one with the smaller error; the trained one if both are equal.
enum class Which { best, model, ema };

struct Loaded {
  ir::WeightStore weights;       // as stored: element types kept, num_batches_tracked included
  Which taken = Which::model;    // model or ema, never best
  std::optional<int64_t> epoch;  // counted from 0; only pycls checkpoints have one
  double test_err = 100;         // percent, top 1, as pycls stores them; 100 if unknown
  double ema_err = 100;
  std::string config;  // the YAML text inside a pycls checkpoint; empty if there is none
};

// Reads a .safetensors file or what torch.save wrote (.pyth, .pt, .pth: a pycls checkpoint or a
// plain state_dict, in the zip format or the older one). The content decides, not the name. A
// checkpoint without ema_state has the trained weights as its average, as pycls reads it.
// FormatError names the file and what is wrong with it. Nothing in a file is ever executed: a
// pickle that asks for anything but tensors and plain values is refused, with the name it asked
// for.
Loaded load(const std::filesystem::path& path, Which which = Which::best);
// The same for bytes in memory; `where` names them in errors.
Loaded parse(std::span<const std::byte> bytes, const std::string& where, Which which = Which::best);

// A .safetensors file: f32, f16, bf16, f64 and integer tensors, no int8 scales (FormatError). The
// same store always gives the same bytes.
void write_safetensors(const std::filesystem::path& path, const ir::WeightStore& store);
std::vector<std::byte> to_safetensors(const ir::WeightStore& store);

// A pycls checkpoint in the zip format of torch.save, which pycls, torch.load and load() read: the
// weights as trained ones and as their average, epoch, errors and configuration; the optimiser's
// state is empty. The same checkpoint always gives the same bytes. FormatError above 4 GiB.
void write_pyth(const std::filesystem::path& path, const Loaded& checkpoint);
std::vector<std::byte> to_pyth(const Loaded& checkpoint);

// How a store fits a graph. Names in order of the graph or of the store.
struct Match {
  struct Misfit {
    std::string name;
    ir::Shape found, needed;
  };
  std::vector<std::string> missing;    // the graph needs it
  std::vector<std::string> left_over;  // no node wants it; num_batches_tracked is not counted
  std::vector<Misfit> misshapen;
  std::vector<std::string> not_real;  // an element type that is no real number (int8, bool)
  bool fits() const {
    return missing.empty() && left_over.empty() && misshapen.empty() && not_real.empty();
  }
};
Match match(const ir::Graph& graph, const ir::WeightStore& store);

// The store under the graph's names: as it is, or renamed from those of torchvision or timm
// (families.h), with a line that says which family was recognised in the file `where`.
ir::WeightStore under_own_names(const ir::Graph& graph, const ir::WeightStore& store,
                                const std::string& where);

// Exactly the weights of the graph as f32 (f16, bf16 and f64 are converted), under_own_names().
// ShapeError if anything is missing, left over or misshapen: counts and the first names of each
// kind; `where` names the file.
ir::WeightStore select(const ir::Graph& graph, const ir::WeightStore& store,
                       const std::string& where);

// Deterministic weights under which activations neither die nor explode: each element follows from
// the tensor's name and its index alone (FNV-1a, splitmix64), so that any two programs agree bit
// for bit. ShapeError for a weight whose name ends in nothing known (weight, bias, running_mean,
// ...).
ir::WeightStore initialise(const ir::Graph& graph);
// One such tensor, f32; "num_batches_tracked" gives int64 zeros.
ir::Tensor initial_value(std::string_view name, const ir::Shape& shape);

}  // namespace nnstretch::weights
