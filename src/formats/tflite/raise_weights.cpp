// Reading of the weights of convolutions and linear layers (raise.h).
#include <fmt/format.h>

#include <cmath>

#include "formats/tflite/lower.h"
#include "formats/tflite/other_forms.h"
#include "formats/tflite/raise.h"
#include "weights/convert.h"

namespace nnstretch::tflite {

using schema::TensorType;

namespace {

bool all_zero(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes)
    if (byte != std::byte{0}) return false;
  return true;
}

bool same(const ir::Tensor& a, const ir::Tensor& b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.scales == b.scales && *a.bytes == *b.bytes;
}

}  // namespace

// Readers may share a tensor; one that wants it in another form has it under a name of its own.
std::string Raising::store(int tensor, ir::Tensor value) {
  std::vector<std::string>& names = stored_[tensor];
  for (const std::string& name : names)
    if (same(weights_.at(name), value)) return name;
  names.push_back(weight_names_.take(file_.tensor(tensor).name));
  weights_.set(names.back(), std::move(value));
  return names.back();
}

// float16, and int8 that nobody computes with.
void Raising::unpack_weights() {
  const FileTensor& packed = in(0);
  file_.note_copied(static_cast<size_t>(ir::count(packed.shape)) * sizeof(float));
  if (!packed.scales.empty()) return file_.make_constant(op_->output(), real_numbers(packed));
  ir::Tensor stored{.dtype = DType::f16, .shape = packed.shape, .bytes = {}, .scales = {}};
  stored.bytes = std::make_shared<const std::vector<std::byte>>(packed.constant.begin(),
                                                                packed.constant.end());
  if (packed.type != TensorType::FLOAT16)
    refuse(fmt::format("only float16 and quantised weights are unpacked, '{}' is neither",
                       packed.name));
  const ir::Tensor real = weights::to_f32(stored);
  const auto values = real.as<float>();
  file_.make_constant(op_->output(), {values.begin(), values.end()});
}

std::vector<float> Raising::channel_scales(const FileTensor& tensor, int axis, int64_t channels) {
  file_.note_copied(static_cast<size_t>(channels) * sizeof(float));
  for (const int64_t zero_point : tensor.zero_points)
    if (zero_point != 0) refuse(fmt::format("'{}' has a zero point", tensor.name));
  const auto count = static_cast<size_t>(channels);
  if (tensor.scales.size() == 1) return std::vector<float>(count, tensor.scales[0]);
  if (tensor.scales.size() != count || tensor.axis != axis)
    refuse(fmt::format("'{}' has {} scales for {} channels", tensor.name, tensor.scales.size(),
                       count));
  return tensor.scales;
}

std::string Raising::store_weights(const ir::Shape& shape, int axis, const Order* from_file) {
  const FileTensor& tensor = in(1);
  const bool int8 = tensor.type == TensorType::INT8;
  if (!tensor.is_constant() || (int8 && in(0).type != TensorType::INT8) ||
      (!int8 && tensor.type != TensorType::FLOAT32))
    refuse("its weights are not constants of its operand's type, float32 or int8");
  file_.note_copied(tensor.constant.size());
  ir::Tensor out{.dtype = int8 ? DType::i8 : DType::f32, .shape = shape, .bytes = {}, .scales = {}};
  out.bytes = std::make_shared<const std::vector<std::byte>>(
      from_file ? permute(tensor.constant, tensor.shape, size_of(out.dtype), *from_file)
                : std::vector<std::byte>(tensor.constant.begin(), tensor.constant.end()));
  if (int8) out.scales = channel_scales(tensor, axis, shape[0]);
  return store(op_->inputs[1], std::move(out));
}

// The writer gives every convolution a bias; one that is zero and says so in its name is none.
bool Raising::has_bias() const {
  if (op_->inputs.size() < 3 || op_->inputs[2] < 0) return false;
  const FileTensor& bias = in(2);
  return !(bias.name.ends_with(kZeroBias) && all_zero(bias.constant));
}

std::string Raising::store_bias(int64_t channels, const std::string& weights) {
  const bool int8 = in(1).type == TensorType::INT8;
  ir::Tensor out{
      .dtype = int8 ? DType::i32 : DType::f32, .shape = {channels}, .bytes = {}, .scales = {}};
  if (int8) {
    if (in(0).scales.size() != 1) refuse("its operand has no scale");
    out.scales = weights_.at(weights).scales;
    for (float& scale : out.scales) scale *= in(0).scales[0];
  }
  file_.note_copied(static_cast<size_t>(channels) * 4);
  if (op_->inputs.size() < 3 || op_->inputs[2] < 0) {
    out.bytes = std::make_shared<const std::vector<std::byte>>(static_cast<size_t>(channels) * 4);
    const std::string name = weight_names_.take(this->out().name + std::string(kZeroBias));
    weights_.set(name, std::move(out));
    return name;
  }
  const FileTensor& tensor = in(2);
  if (!tensor.is_constant() || tensor.shape != out.shape ||
      tensor.type != (int8 ? TensorType::INT32 : TensorType::FLOAT32))
    refuse("its bias is not one float32 or, in int8, one int32 a channel");
  if (int8 && !tensor.scales.empty()) {
    // What kernels compute is in(0).scale * weight scale; a file that says another thing is wrong.
    const auto said = channel_scales(tensor, 0, channels);
    for (size_t i = 0; i < said.size(); ++i)
      if (!(std::abs(said[i] - out.scales[i]) <= 0.01f * out.scales[i]))
        refuse(fmt::format("the scale of bias {} is {}, not {}", i, said[i], out.scales[i]));
    out.scales = said;
  }
  out.bytes = std::make_shared<const std::vector<std::byte>>(tensor.constant.begin(),
                                                             tensor.constant.end());
  return store(op_->inputs[2], std::move(out));
}

}  // namespace nnstretch::tflite
