// What torch.save stores beside bare tensors: dictionaries of dictionaries, as whole checkpoints
// are made of.
//     TorchValue root = read_torch("model_epoch_0003.pyth");
//     const TorchValue* state = root.find("optimizer_state");
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/weight_store.h"

namespace nnstretch::weights {

struct TorchValue {
  struct None {};
  struct Entry;
  using List = std::vector<TorchValue>;
  using Dict = std::vector<Entry>;  // in the order of the file; keys are texts or integers
  std::variant<None, bool, int64_t, double, std::string, List, Dict, ir::Tensor> data;

  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&data);
  }
  // The value under a key of a dictionary; null if absent or None, or if this is no dictionary.
  const TorchValue* find(std::string_view key) const;
  // An int or a float.
  std::optional<double> number() const;
};
struct TorchValue::Entry {
  TorchValue key, value;
};

// A file in the format of torch.save, old or new. FormatError as load() of weights.h.
TorchValue read_torch(const std::filesystem::path& path);
TorchValue parse_torch(std::span<const std::byte> bytes, const std::string& where);

// The zip format, which torch.load reads with any of its unpicklers. Tensors that share their bytes
// are stored once. The same value always gives the same bytes. FormatError above 4 GiB.
std::vector<std::byte> to_torch(const TorchValue& root);

}  // namespace nnstretch::weights
