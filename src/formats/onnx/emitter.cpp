#include "formats/onnx/emitter.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"
#include "formats/onnx/layout.h"

namespace nnstretch::onnx {
namespace {

using schema::TensorProto;

// The version of the file format that came with a version of its operators.
int64_t ir_version(int opset) {
  return opset < 12 ? 6 : opset < 15 ? 7 : opset < 19 ? 8 : opset < 21 ? 9 : 10;
}

void fill(schema::ValueInfoProto& info, const std::string& name, const ir::TensorType& type) {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type.dtype == DType::i8   ? TensorProto::INT8
                       : type.dtype == DType::u8 ? TensorProto::UINT8
                                                 : TensorProto::FLOAT);
  for (const int64_t size : to_file(type.shape))
    tensor.mutable_shape()->add_dim()->set_dim_value(size);
}

void add_place(auto& holder, const ir::Place& place) {
  if (place == ir::Place{}) return;
  auto& entry = *holder.add_metadata_props();
  entry.set_key(kPlaceKey);
  entry.set_value(place_text(place));
}

void set(schema::AttributeProto& to, const Attribute& attribute) {
  using schema::AttributeProto;
  to.set_name(attribute.name);
  if (const auto* i = std::get_if<int64_t>(&attribute.value)) {
    to.set_type(AttributeProto::INT);
    to.set_i(*i);
  } else if (const auto* f = std::get_if<float>(&attribute.value)) {
    to.set_type(AttributeProto::FLOAT);
    to.set_f(*f);
  } else {
    to.set_type(AttributeProto::INTS);
    for (const int64_t value : std::get<std::vector<int64_t>>(attribute.value)) to.add_ints(value);
  }
}

}  // namespace

Emitter::Emitter(int opset) : opset_(opset) {
  model_.set_ir_version(ir_version(opset));
  model_.set_producer_name("nnstretch");
  auto& import = *model_.add_opset_import();
  import.set_domain("");
  import.set_version(opset);
}

void Emitter::reserve(const std::string& name) {
  if (name.empty()) throw FormatError({.what = "a node of an .onnx file needs a name"});
  if (!names_.take_exactly(name))
    throw FormatError({.what = "two values have this name", .where = name});
}

std::string Emitter::fresh(const std::string& wanted) { return names_.take(wanted); }

void Emitter::constant_named(const std::string& name, TensorProto::DataType type,
                             const ir::Shape& shape, std::span<const std::byte> bytes) {
  TensorProto& tensor = *graph().add_initializer();
  for (const int64_t size : shape) tensor.add_dims(size);
  tensor.set_data_type(type);
  tensor.set_name(name);
  tensor.set_raw_data(bytes.data(), bytes.size());
}

std::string Emitter::constant(const std::string& name, TensorProto::DataType type,
                              const ir::Shape& shape, std::span<const std::byte> bytes) {
  const std::string own = fresh(name);
  constant_named(own, type, shape, bytes);
  return own;
}

std::string Emitter::int64s(const std::string& name, std::span<const int64_t> values) {
  return constant(name, TensorProto::INT64, {static_cast<int64_t>(values.size())},
                  std::as_bytes(values));
}

std::string Emitter::floats(const std::string& name, const ir::Shape& shape,
                            std::span<const float> values) {
  return constant(name, TensorProto::FLOAT, shape, std::as_bytes(values));
}

void Emitter::op(const std::string& type, const std::vector<std::string>& in,
                 const std::string& out, const std::vector<Attribute>& attributes) {
  schema::NodeProto& node = *graph().add_node();
  node.set_op_type(type);
  node.set_name(out);
  for (const std::string& name : in) node.add_input(name);
  node.add_output(out);
  for (const Attribute& attribute : attributes) set(*node.add_attribute(), attribute);
  add_place(node, place_);
}

void Emitter::input(const std::string& name, const ir::TensorType& type, const ir::Place& place) {
  schema::ValueInfoProto& info = *graph().add_input();
  fill(info, name, type);
  add_place(info, place);
}

void Emitter::output(const std::string& name, const ir::TensorType& type) {
  fill(*graph().add_output(), name, type);
}

void Emitter::describe(const std::string& text) { model_.set_doc_string(text); }

void Emitter::metadata(const std::string& name, const std::string& value) {
  auto& entry = *model_.add_metadata_props();
  entry.set_key(name);
  entry.set_value(value);
}

std::vector<std::byte> Emitter::finish(const std::string& graph_name) && {
  graph().set_name(graph_name.empty() ? "nnstretch" : graph_name);
  const size_t size = model_.ByteSizeLong();
  if (size > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    throw FormatError({.what = fmt::format("the file would have {} bytes, an .onnx file has less "
                                           "than 2 GiB",
                                           size),
                       .fix = "write a .tflite file, or the int8 network"});
  std::vector<std::byte> bytes(size);
  if (!model_.SerializeToArray(bytes.data(), static_cast<int>(size)))
    throw FormatError({.what = "the model could not be put into bytes"});
  return bytes;
}

}  // namespace nnstretch::onnx
