#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "weights/cursor.h"
#include "weights/safetensors.h"
#include "weights/torch_file.h"
#include "weights/weights.h"
#include "weights/zip.h"

namespace nnstretch::weights {
namespace {

// The dictionary that a pycls checkpoint is.
class Checkpoint {
 public:
  Checkpoint(const TorchFile& file, const pickle::Dict& top, const std::string& where)
      : file_(file), top_(top), where_(where) {}

  Loaded load(Which which) const {
    Loaded loaded;
    loaded.test_err = number("test_err").value_or(loaded.test_err);
    loaded.ema_err = number("ema_err").value_or(loaded.ema_err);
    if (const auto epoch = number("epoch"); epoch && std::abs(*epoch) < 1e9)
      loaded.epoch = static_cast<int64_t>(*epoch);
    if (const auto* config = find<pickle::Text>("cfg")) loaded.config = config->text;
    if (which == Which::best) which = loaded.test_err <= loaded.ema_err ? Which::model : Which::ema;
    const auto* average = find<pickle::Dict>("ema_state");
    loaded.taken = average ? which : Which::model;
    const auto* state = loaded.taken == Which::ema ? average : find<pickle::Dict>("model_state");
    loaded.weights = file_.tensors(*state);
    return loaded;
  }

 private:
  // Null if absent or None; FormatError if it is something else.
  template <class T>
  const T* find(std::string_view key) const {
    const auto* value = file_.pickle().find(top_, key);
    if (!value || std::holds_alternative<pickle::None>(*value)) return nullptr;
    if (const T* wanted = std::get_if<T>(value)) return wanted;
    throw FormatError({.what = fmt::format("'{}' in the checkpoint is {}, not {}", key,
                                           pickle::kind_of(*value), pickle::kind_of(T{})),
                       .where = where_});
  }
  std::optional<double> number(std::string_view key) const {
    if (const auto* value = file_.pickle().find(top_, key))
      if (const auto* integer = std::get_if<int64_t>(value)) return static_cast<double>(*integer);
    const double* real = find<double>(key);
    return real ? std::optional(*real) : std::nullopt;
  }

  const TorchFile& file_;
  const pickle::Dict& top_;
  const std::string& where_;
};

Loaded parse_torch(std::span<const std::byte> bytes, const std::string& where, Which which) {
  const TorchFile file(bytes, where);
  const auto* top = std::get_if<pickle::Dict>(&file.pickle()[file.pickle().root]);
  if (!top)
    throw FormatError({.what = fmt::format("the checkpoint holds {}, not a dictionary",
                                           pickle::kind_of(file.pickle()[file.pickle().root])),
                       .where = where,
                       .fix = "give a pycls checkpoint or a plain state_dict"});
  const auto* state = file.pickle().find(*top, "model_state");
  if (state && std::holds_alternative<pickle::Dict>(*state))
    return Checkpoint(file, *top, where).load(which);
  Loaded loaded;
  for (const char* key : {"state_dict", "model"}) {  // as trainers of torchvision and timm save it
    const auto* inside = file.pickle().find(*top, key);
    if (inside)
      if (const auto* dict = std::get_if<pickle::Dict>(inside)) top = dict;
  }
  loaded.weights = file.tensors(*top);
  return loaded;
}

}  // namespace

Loaded parse(std::span<const std::byte> bytes, const std::string& where, Which which) {
  if (looks_like_zip(bytes) || looks_like_legacy_torch(bytes))
    return parse_torch(bytes, where, which);
  if (!looks_like_safetensors(bytes))
    throw FormatError(
        {.what = "neither a .safetensors file nor one that torch.save wrote", .where = where});
  Loaded loaded;
  loaded.weights = parse_safetensors(bytes, where);
  return loaded;
}

Loaded load(const std::filesystem::path& path, Which which) {
  return parse(read_bytes(path), path.string(), which);
}

}  // namespace nnstretch::weights
