#include "formats/model_file.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "formats/onnx/reader.h"
#include "formats/onnx/writer.h"
#include "formats/tflite/reader.h"
#include "formats/tflite/writer.h"

namespace nnstretch {
namespace {

enum class Format { tflite, onnx };

Format format_of(const std::filesystem::path& path) {
  if (path.extension() == ".tflite") return Format::tflite;
  if (path.extension() == ".onnx") return Format::onnx;
  throw FormatError(
      {.what = fmt::format("'{}' is not the extension of a model file", path.extension().string()),
       .where = path.string(),
       .fix = "use a .tflite or .onnx file"});
}

}  // namespace

bool is_model_file(const std::filesystem::path& path) {
  return path.extension() == ".tflite" || path.extension() == ".onnx";
}

ir::Model read_model(const std::filesystem::path& path, formats::Beside* beside) {
  const Format format = format_of(path);
  const auto bytes = read_bytes(path);
  ir::Model model = format == Format::onnx ? onnx::read(bytes, path.string(), beside)
                                           : tflite::read(bytes, path.string(), beside);
  if (model.name.empty()) model.name = path.stem().string();
  return model;
}

void write_model(const std::filesystem::path& path, const ir::Model& model,
                 const formats::Beside& beside) {
  write_atomic(path, format_of(path) == Format::onnx ? onnx::write(model, {}, beside)
                                                     : tflite::write(model, beside));
}

}  // namespace nnstretch
