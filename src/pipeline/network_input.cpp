// What goes into a network: pictures and arrays (pipeline/infer.h).
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "image/image.h"
#include "ir/stored_values.h"
#include "pipeline/infer.h"
#include "weights/zip.h"

namespace nnstretch::pipeline {
namespace {

const ir::TensorType& input_type(const ir::Model& model) {
  if (model.graph.inputs().size() != 1)
    throw ShapeError({.what = fmt::format("the network has {} inputs; one is fed here",
                                          model.graph.inputs().size()),
                      .where = model.name,
                      .fix = "feed it by the library (docs/api.md)"});
  return model.graph.node(model.graph.inputs()[0]).type;
}

// ---- arrays

// What an array must be; NCHW is for training's eyes only.
ir::TensorType wanted(const ir::TensorType& type, ArrayForm form) {
  if (form == ArrayForm::as_stored) return type;
  const ir::Shape& nhwc = type.shape;
  return {
      .dtype = DType::f32, .shape = {nhwc.at(0), nhwc.at(3), nhwc.at(1), nhwc.at(2)}, .quant = {}};
}

// Whether no number changes when float64 becomes float32.
bool become_f32(NpyArray& array) {
  const auto wide = array.as<double>();
  std::vector<float> narrow(wide.begin(), wide.end());
  for (size_t i = 0; i < narrow.size(); ++i)
    if (static_cast<double>(narrow[i]) != wide[i] && wide[i] == wide[i]) return false;
  const auto bytes = std::as_bytes(std::span(narrow));
  array = {DType::f32, array.shape, {bytes.begin(), bytes.end()}};
  return true;
}

// "x.transpose(0, 2, 3, 1)" if that gives the wanted shape; nothing otherwise.
std::string other_order(const std::string& x, const ir::Shape& shape, const ir::Shape& wanted) {
  if (shape.size() != 4 || wanted.size() != 4) return {};
  for (const ir::Shape& axes : {ir::Shape{0, 2, 3, 1}, ir::Shape{0, 3, 1, 2}}) {
    ir::Shape turned;
    for (const int64_t axis : axes) turned.push_back(shape[static_cast<size_t>(axis)]);
    if (turned == wanted)
      return fmt::format("{}.transpose(0, {}, {}, {})", x, axes[1], axes[2], axes[3]);
  }
  return {};
}

// How NumPy makes the wanted elements of x.
std::string conversion(const std::string& x, DType from, const ir::TensorType& to) {
  if (from == to.dtype) return x;
  const bool is_float = from == DType::f32 || from == DType::f64 || from == DType::f16;
  if (to.dtype == DType::f32) return x + ".astype(numpy.float32)";
  const bool u8 = to.dtype == DType::u8;
  if (!is_float) return fmt::format("{}.astype(numpy.{})", x, u8 ? "uint8" : "int8");
  const std::string steps =
      fmt::format("numpy.round({} / {}) + {}", x, to.quant->scale, to.quant->zero_point);
  return u8 ? fmt::format("numpy.clip({}, 0, 255).astype(numpy.uint8)", steps)
            : fmt::format("numpy.clip({}, -128, 127).astype(numpy.int8)", steps);
}

[[noreturn]] void refuse(const NpyArray& array, const ir::Shape& shape, const ir::TensorType& to,
                         ArrayForm form, const std::string& where) {
  std::string fix, x = shape == array.shape ? "x" : "x[None]";
  if (shape != to.shape) x = other_order(x, shape, to.shape);
  const bool square = shape.size() == 4 && shape[1] == 3 && shape[2] == shape[3];
  if (!x.empty())
    fix = fmt::format("save {}", conversion(x, array.type, to));
  else if (form == ArrayForm::as_trained && square && shape[0] == 1)
    fix = fmt::format("give `im_size` {}{}", shape[2],
                      array.type == to.dtype ? "" : ", and save x.astype(numpy.float32)");
  else
    fix = fmt::format("give an array of {}[{}]", name_of(to.dtype), ir::to_string(to.shape));
  throw ShapeError(
      {.what = fmt::format("the array is {}[{}], the network's input {}[{}]", name_of(array.type),
                           ir::to_string(array.shape), name_of(to.dtype), ir::to_string(to.shape)),
       .where = where,
       .fix = fix});
}

std::vector<std::byte> from_array(NpyArray array, const ir::TensorType& type, ArrayForm form,
                                  const std::string& where) {
  const ir::TensorType to = wanted(type, form);
  ir::Shape shape = array.shape;
  if (shape.size() + 1 == to.shape.size()) shape.insert(shape.begin(), 1);
  const bool narrowed = array.type == DType::f64 && to.dtype == DType::f32 && become_f32(array);
  if (shape != to.shape || (array.type != to.dtype && !narrowed))
    refuse(array, shape, to, form, where);
  if (form == ArrayForm::as_stored) return std::move(array.bytes);
  const auto nan = ir::first_nan(array.as<float>());
  if (nan && type.quant)
    throw FormatError({.what = fmt::format("value {} is NaN, and nothing of {} stands for that",
                                           *nan, name_of(type.dtype)),
                       .where = where,
                       .fix = "compute in `precision` f32 to see what becomes of it"});
  const auto nhwc = ir::nhwc_from_nchw(array.bytes, type.shape, sizeof(float));
  return ir::from_floats(ir::to_floats(nhwc, DType::f32, {}), type);
}

// ---- pictures

// mean and std that spread pixels in 0..1 over all that the input holds.
std::string filling(const ir::TensorType& type) {
  const auto ends = ir::reach(type);
  const double half = (double{ends.most} - ends.least) / 256 / 2;  // of a step, beyond the last
  const double least = ends.least + half, most = ends.most - half;
  const double std = 1 / (most - least), mean = -least * std;
  return fmt::format("`mean` {0:.3g},{0:.3g},{0:.3g} and `std` {1:.3g},{1:.3g},{1:.3g}", mean, std);
}

// Values that a quantised input cannot hold are lost. Some are where a network was calibrated;
// many mean that the picture is prepared otherwise than the network wants it.
void check_reach(std::span<const float> pixels, const ir::Model& model, bool assumed,
                 const std::string& where) {
  constexpr double kMost = 0.01;
  const ir::TensorType& type = input_type(model);
  const ir::Reach ends = ir::reach(type);
  const double lost = static_cast<double>(ir::count_beyond(pixels, ends)) /
                      static_cast<double>(std::max<size_t>(1, pixels.size()));
  if (lost == 0 || (!assumed && lost <= kMost)) return;
  const std::string what = fmt::format(
      "{:.1f} % of the prepared picture is outside of {:.3g} to {:.3g}, which is all that "
      "the network's input holds",
      100 * lost, ends.least, ends.most);
  if (assumed && lost > kMost)
    throw FormatError({.what = what + "; how images are prepared is only assumed",
                       .where = where,
                       .fix = fmt::format("give `mean` and `std` as in training; {} fill the input",
                                          filling(type))});
  log::info("note: {}", what);
}

std::vector<std::byte> from_picture(std::span<const std::byte> file, const ir::Model& model,
                                    const formats::Beside& beside, const std::string& where) {
  const ir::TensorType& type = input_type(model);
  const int crop = model.preprocess.crop;
  const image::Image picture = image::decode(file, where);
  if (type.shape != ir::Shape{1, crop, crop, 3})
    throw ShapeError({.what = fmt::format("a picture of {0} x {0} x 3 is no input of the network, "
                                          "which takes {1}",
                                          crop, ir::to_string(type)),
                      .where = where,
                      .fix = fmt::format("give a .npy array of {}[{}]", name_of(type.dtype),
                                         ir::to_string(type.shape))});
  const auto pixels = image::prepare(picture, model.preprocess);
  check_reach(pixels, model, beside.preprocess_assumed, where);
  return ir::from_floats(pixels, type);
}

void check_numbers(std::span<const std::byte> input, const ir::TensorType& type,
                   const std::string& where) {
  if (type.quant) return;
  if (const auto nan = ir::first_nan(ir::to_floats(input, type)))
    log::warn("{}: value {} of the network's input is NaN", where, *nan);
}

}  // namespace

std::vector<std::byte> load_input(const std::filesystem::path& path, const ir::Model& model,
                                  const formats::Beside& beside, ArrayForm form) {
  const ir::TensorType& type = input_type(model);
  const auto file = read_bytes(path);
  const std::string where = path.string();
  if (weights::looks_like_zip(file))
    throw FormatError({.what = "an .npz file or other archive, which may hold several arrays",
                       .where = where,
                       .fix = "save one array as .npy, with numpy.save"});
  if (!is_npy(file)) return from_picture(file, model, beside, where);
  auto input = from_array(parse_npy(file, where), type, form, where);
  check_numbers(input, type, where);
  return input;
}

std::vector<std::byte> load_picture(const std::filesystem::path& path, const ir::Model& model,
                                    const formats::Beside& beside) {
  return from_picture(read_bytes(path), model, beside, path.string());
}

NpyArray input_array(std::span<const std::byte> input, const ir::TensorType& type, ArrayForm form) {
  if (form == ArrayForm::as_stored) return {type.dtype, type.shape, {input.begin(), input.end()}};
  const auto real = ir::to_floats(input, type);
  return {DType::f32, wanted(type, form).shape,
          ir::nchw_from_nhwc(std::as_bytes(std::span(real)), type.shape, sizeof(float))};
}

}  // namespace nnstretch::pipeline
