// Model files by extension.
#pragma once
#include <filesystem>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch {

// IoError if the file cannot be read, FormatError for another extension than .tflite and .onnx or
// bytes that are no model. A model without a name of its own gets the file's stem.
// `beside` gets what it says else.
ir::Model read_model(const std::filesystem::path& path, formats::Beside* beside = nullptr);
// Whether the extension is one of a model file.
bool is_model_file(const std::filesystem::path& path);
// The whole file or none (base/files.h).
void write_model(const std::filesystem::path& path, const ir::Model& model,
                 const formats::Beside& beside = {});

}  // namespace nnstretch
