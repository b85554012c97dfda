// What other tools say of a .tflite file in TFLITE_METADATA: how images are normalised, and the
// names of the classes, which lie in a zip archive behind the model.
#pragma once
#include <span>

#include "formats/beside.h"
#include "formats/tflite/file.h"

namespace nnstretch::tflite {

// Sets preprocess, labels and notes of a model without metadata of ours; what is not told, or
// cannot be read, is assumed (formats/foreign.h), with a note. `bytes` are the whole file.
void take_standard_metadata(ir::Model& model, formats::Beside& beside, const File& file,
                            std::span<const std::byte> bytes);

}  // namespace nnstretch::tflite
