#include "formats/tflite/reader.h"

#include <fmt/format.h>

#include "base/error.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {
namespace {

ir::Model read_aligned(std::span<const std::byte> bytes, const std::string& where) {
  File file = File::open(bytes, where);
  std::optional<formats::Metadata> metadata;
  if (const auto json = file.metadata(formats::kMetadataName))
    metadata = formats::metadata_from_json(*json, where);
  const formats::Metadata* given = metadata ? &*metadata : nullptr;
  Places places = places_of(file, given);
  std::vector<std::string> notes = places.notes;
  Raising raising(file, given, std::move(places));
  raising.run();
  ir::Model model{
      .graph = {}, .weights = std::move(raising).weights(), .name = {}, .preprocess = {}};
  model.graph = std::move(raising).graph();
  if (metadata) model.name = metadata->network, model.preprocess = metadata->preprocess;
  model.notes = std::move(notes);
  ir::check_weights(model.graph, model.weights);
  return model;
}

template <class Error>
[[noreturn]] void rethrow_at(const Error& error, const std::string& where) {
  const auto& [what, inner, fix] = error.message();
  if (inner.starts_with(where)) throw error;
  throw Error({what, inner.empty() ? where : fmt::format("{}: {}", where, inner), fix});
}

}  // namespace

ir::Model read(std::span<const std::byte> bytes, const std::string& where) try {
  constexpr size_t kAlignment = 16;  // of the widest thing in a flatbuffer
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment == 0)
    return read_aligned(bytes, where);
  const std::vector<std::byte> copy(bytes.begin(), bytes.end());
  return read_aligned(copy, where);
} catch (const FormatError& error) {
  rethrow_at(error, where);
} catch (const ShapeError& error) {
  rethrow_at(error, where);
}

}  // namespace nnstretch::tflite
