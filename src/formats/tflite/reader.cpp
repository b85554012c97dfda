#include "formats/tflite/reader.h"

#include "formats/located.h"
#include "formats/tflite/other_forms.h"
#include "formats/tflite/raise.h"
#include "formats/tflite/standard_metadata.h"

namespace nnstretch::tflite {
namespace {

ir::Model read_aligned(std::span<const std::byte> bytes, const std::string& where,
                       formats::Beside& beside) {
  File file = File::open(bytes, where);
  std::optional<formats::Metadata> metadata;
  if (const auto json = file.metadata(formats::kMetadataName))
    metadata = formats::metadata_from_json(*json, where);
  const formats::Metadata* given = metadata ? &*metadata : nullptr;
  std::vector<std::string> notes = see_other_forms(file);
  Places places = places_of(file, given);
  notes.insert(notes.end(), places.notes.begin(), places.notes.end());
  Raising raising(file, given, std::move(places));
  raising.run();
  ir::Model model{
      .graph = {}, .weights = std::move(raising).weights(), .name = {}, .preprocess = {}};
  model.graph = std::move(raising).graph();
  model.notes = std::move(notes);
  if (metadata)
    formats::take_metadata(model, beside, *metadata);
  else
    take_standard_metadata(model, beside, file, bytes);
  ir::check_weights(model.graph, model.weights);
  return model;
}

}  // namespace

ir::Model read(std::span<const std::byte> bytes, const std::string& where,
               formats::Beside* beside) {
  formats::Beside unused;
  formats::Beside& told = beside ? *beside : unused;
  constexpr size_t kAlignment = 16;  // of the widest thing in a flatbuffer
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment == 0)
    return formats::located(where, [&] { return read_aligned(bytes, where, told); });
  const std::vector<std::byte> copy(bytes.begin(), bytes.end());
  return formats::located(where, [&] { return read_aligned(copy, where, told); });
}

}  // namespace nnstretch::tflite
