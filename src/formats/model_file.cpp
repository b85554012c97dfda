#include "formats/model_file.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"

namespace nnstretch {
namespace {

void need_tflite(const std::filesystem::path& path) {
  if (path.extension() == ".tflite") return;
  throw FormatError({.what = path.extension() == ".onnx"
                                 ? "ONNX files are not supported yet"
                                 : fmt::format("'{}' is not the extension of a model file",
                                               path.extension().string()),
                     .where = path.string(),
                     .fix = "use a .tflite file"});
}

}  // namespace

ir::Model read_model(const std::filesystem::path& path) {
  need_tflite(path);
  ir::Model model = tflite::read(read_bytes(path), path.string());
  if (model.name.empty()) model.name = path.stem().string();
  return model;
}

void write_model(const std::filesystem::path& path, const ir::Model& model) {
  need_tflite(path);
  write_atomic(path, tflite::write(model));
}

}  // namespace nnstretch
