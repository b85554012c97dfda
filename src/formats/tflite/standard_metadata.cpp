#include "formats/tflite/standard_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/names.h"
#include "formats/foreign.h"
#include "standard_metadata_generated.h"
#include "weights/cursor.h"
#include "weights/zip.h"

namespace nnstretch::tflite {
namespace {

constexpr std::string_view kName = "TFLITE_METADATA";

using Floats = flatbuffers::Vector<float>;
using Tensors = flatbuffers::Vector<flatbuffers::Offset<standard::TensorMetadata>>;

const standard::SubGraphMetadata* only_graph(const standard::ModelMetadata& all) {
  const auto* graphs = all.subgraph_metadata();
  return graphs && graphs->size() ? graphs->Get(0) : nullptr;
}

const standard::TensorMetadata* first(const Tensors* tensors) {
  return tensors && tensors->size() ? tensors->Get(0) : nullptr;
}

// One number for all colours, or one each.
std::optional<std::array<double, 3>> by_colour(const Floats* values) {
  if (!values || (values->size() != 1 && values->size() != 3)) return {};
  std::array<double, 3> out;
  for (uint32_t c = 0; c < 3; ++c) {
    out[c] = values->Get(values->size() == 1 ? 0 : c);
    if (!std::isfinite(out[c])) return {};
  }
  return out;
}

// False if the metadata has no normalisation; one that cannot be used is noted.
bool take_normalisation(ir::Model& model, const standard::TensorMetadata& input) {
  if (!input.process_units()) return false;
  for (const standard::ProcessUnit* unit : *input.process_units()) {
    const auto* options = unit->options_as_NormalizationOptions();
    if (!options) continue;
    const auto mean = by_colour(options->mean()), std = by_colour(options->std());
    if (!mean || !std || !((*std)[0] > 0 && (*std)[1] > 0 && (*std)[2] > 0)) {
      model.notes.push_back(fmt::format(
          "the NormalizationOptions in {} are not followed: mean and std are not one or three "
          "finite numbers, std above 0",
          kName));
      return false;
    }
    formats::prepare_as_told(model, *mean, *std,
                             fmt::format("images are prepared as {} says", kName));
    return true;
  }
  return false;
}

std::vector<std::string> lines_of(std::string_view text, int64_t wanted) {
  constexpr int64_t kMost = 1 << 20;
  const auto ends = std::count(text.begin(), text.end(), '\n');
  const int64_t count = ends + (!text.empty() && text.back() != '\n');
  if (count != wanted || count > kMost)
    throw FormatError({.what = fmt::format("{} lines for {} classes", count, wanted)});
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(printable(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The file of the archive that names the classes; nothing if there is none.
std::optional<std::string> label_file(const standard::TensorMetadata& output) {
  if (!output.associated_files()) return {};
  for (const standard::AssociatedFile* file : *output.associated_files())
    if (file->type() == standard::AssociatedFileType::TENSOR_AXIS_LABELS && file->name())
      return file->name()->str();
  return {};
}

void take_labels(ir::Model& model, formats::Beside& beside, const std::string& name,
                 std::span<const std::byte> bytes) try {
  const std::string where = "the archive behind the model";
  const weights::Zip archive(bytes, where);
  const ir::Shape& logits = model.graph.node(model.graph.outputs().at(0)).type.shape;
  beside.labels =
      lines_of(weights::as_text(archive.read(name)), logits.empty() ? 1 : logits.back());
} catch (const FormatError& error) {  // labels are for people: the network is the same without
  model.notes.push_back(
      fmt::format("the labels '{}' are not used: {}", weights::shown(name), error.what()));
}

}  // namespace

void take_standard_metadata(ir::Model& model, formats::Beside& beside, const File& file,
                            std::span<const std::byte> bytes) {
  const auto text = file.metadata(kName);
  if (!text) return formats::assume_preprocess(model, beside);
  const std::vector<uint8_t> copy(text->begin(), text->end());  // aligned
  flatbuffers::Verifier verifier(copy.data(), copy.size());
  if (!standard::VerifyModelMetadataBuffer(verifier)) {
    model.notes.push_back(fmt::format("its {} is damaged and not followed", kName));
    return formats::assume_preprocess(model, beside);
  }
  const auto* graph = only_graph(*standard::GetModelMetadata(copy.data()));
  const auto* input = graph ? first(graph->input_tensor_metadata()) : nullptr;
  const auto* output = graph ? first(graph->output_tensor_metadata()) : nullptr;
  if (!input || !take_normalisation(model, *input)) formats::assume_preprocess(model, beside);
  if (const auto name = output ? label_file(*output) : std::nullopt)
    take_labels(model, beside, *name, bytes);
}

}  // namespace nnstretch::tflite
