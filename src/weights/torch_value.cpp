#include "weights/torch_value.h"

#include "base/files.h"
#include "weights/torch_file.h"

namespace nnstretch::weights {

const TorchValue* TorchValue::find(std::string_view key) const {
  const TorchValue* found = nullptr;
  if (const auto* dict = get_if<Dict>())
    for (const Entry& entry : *dict)
      if (const auto* text = entry.key.get_if<std::string>(); text && *text == key)
        found = &entry.value;
  return found && !found->get_if<None>() ? found : nullptr;
}

std::optional<double> TorchValue::number() const {
  if (const auto* integer = get_if<int64_t>()) return static_cast<double>(*integer);
  if (const auto* real = get_if<double>()) return *real;
  return {};
}

TorchValue read_torch(const std::filesystem::path& path) {
  return parse_torch(read_bytes(path), path.string());
}

TorchValue parse_torch(std::span<const std::byte> bytes, const std::string& where) {
  return TorchFile(bytes, where).value();
}

}  // namespace nnstretch::weights
