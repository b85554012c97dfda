// What torch.save writes: a pickle that describes tensors, and the storages they are views of.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "ir/weight_store.h"
#include "weights/pickle.h"
#include "weights/torch_value.h"

namespace nnstretch::weights {

// True if the bytes begin as the format before torch 1.6 does (no zip archive).
bool looks_like_legacy_torch(std::span<const std::byte> bytes);

// A view of a file in memory, which must outlive it, as must `where`.
class TorchFile {
 public:
  TorchFile(std::span<const std::byte> bytes, const std::string& where);
  const pickle::Pickle& pickle() const { return pickle_; }
  // The tensors of a state_dict, copied. Storages that no tensor here uses are not touched.
  // FormatError names the tensor that is out of bounds or damaged, or the entry that is no tensor.
  ir::WeightStore tensors(const pickle::Dict& state_dict) const;
  // Everything, copied. FormatError: too deep, or far more values than the file has.
  TorchValue value() const;

 private:
  // The bytes of a storage; at least as many as its elements need.
  using Storages = std::function<std::span<const std::byte>(const pickle::Storage&)>;
  class Tensors;
  class Values;
  void read_zip(std::span<const std::byte> bytes);
  void read_legacy(std::span<const std::byte> bytes);

  size_t file_bytes_;
  const std::string& where_;
  pickle::Pickle pickle_;
  Storages storages_;
};

}  // namespace nnstretch::weights
