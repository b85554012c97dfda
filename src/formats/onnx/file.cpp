#include "formats/onnx/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "formats/onnx/writer.h"

namespace nnstretch::onnx {
namespace {

using schema::TensorProto;

[[noreturn]] void refuse(std::string what, std::string where = {}, std::string fix = {}) {
  throw FormatError({.what = std::move(what), .where = std::move(where), .fix = std::move(fix)});
}

DType value_dtype(int32_t type, const std::string& name) {
  switch (type) {
    case TensorProto::FLOAT:
      return DType::f32;
    case TensorProto::INT8:
      return DType::i8;
    case TensorProto::UINT8:
      return DType::u8;
    default:
      refuse(fmt::format("its element type {} is not float32, int8 or uint8", type), name);
  }
}

// The sizes of a value. Only the first, the batch, may be left open: it is 1 then.
ir::Shape value_shape(const schema::TypeProto::Tensor& type, const std::string& name) {
  constexpr int kMostDimensions = 8;
  if (!type.has_shape() || type.shape().dim_size() > kMostDimensions)
    refuse("its shape is not in the file", name, "export the network with a fixed input size");
  ir::Shape shape;
  for (const auto& dim : type.shape().dim()) {
    const bool open = !dim.has_dim_value() || (shape.empty() && dim.dim_value() < 1);
    if (open && !shape.empty())
      refuse(fmt::format("the size of its dimension {} is left open", shape.size()), name,
             "export the network with a fixed input size");
    shape.push_back(open ? 1 : dim.dim_value());
    if (shape.back() < 1) refuse(fmt::format("{} is no size", shape.back()), name);
  }
  return shape;
}

template <class Entries>
std::optional<std::string> value_of(const Entries& entries, std::string_view key) {
  for (const auto& entry : entries)
    if (entry.key() == key) return entry.value();
  return {};
}

}  // namespace

// ---- attributes

const schema::AttributeProto* FileNode::find(std::string_view attribute) const {
  for (const auto& candidate : raw->attribute())
    if (candidate.name() == attribute) return &candidate;
  return nullptr;
}

int64_t FileNode::integer(std::string_view attribute, int64_t otherwise) const {
  const auto* found = find(attribute);
  if (!found) return otherwise;
  if (!found->has_i()) refuse(fmt::format("attribute {} is no integer", attribute));
  return found->i();
}

float FileNode::real(std::string_view attribute, float otherwise) const {
  const auto* found = find(attribute);
  if (!found) return otherwise;
  if (!found->has_f()) refuse(fmt::format("attribute {} is no number", attribute));
  return found->f();
}

std::string FileNode::text(std::string_view attribute, const std::string& otherwise) const {
  const auto* found = find(attribute);
  if (!found) return otherwise;
  if (!found->has_s()) refuse(fmt::format("attribute {} is no text", attribute));
  return found->s();
}

std::optional<std::vector<int64_t>> FileNode::integers(std::string_view attribute) const {
  constexpr int kMost = 1024;
  const auto* found = find(attribute);
  if (!found) return {};
  if (found->ints_size() > kMost) refuse(fmt::format("attribute {} is too long", attribute));
  return std::vector<int64_t>(found->ints().begin(), found->ints().end());
}

const schema::TensorProto* FileNode::tensor(std::string_view attribute) const {
  const auto* found = find(attribute);
  return found && found->has_t() ? &found->t() : nullptr;
}

std::string FileNode::metadata(std::string_view key) const {
  return value_of(raw->metadata_props(), key).value_or("");
}

// ---- the file

File File::open(std::span<const std::byte> bytes, const std::string& where) try {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    refuse("an .onnx file is smaller than 2 GiB");
  File file;
  file.model_ = std::make_shared<schema::ModelProto>();
  if (bytes.empty() || !file.model_->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    refuse("not an .onnx file, or a damaged one");
  if (!file.model_->has_graph()) refuse("not an .onnx file: it has no graph");
  file.read_opset();
  file.read_constants();
  file.read_inputs();
  file.read_nodes();
  file.read_outputs();
  return file;
} catch (const FormatError& error) {
  const auto& [what, inner, fix] = error.message();
  throw FormatError({what, inner.empty() ? where : fmt::format("{}: {}", where, inner), fix});
}

void File::read_opset() {
  int64_t opset = 0;
  for (const auto& import : model_->opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx") opset = import.version();
  if (opset < WriteOptions::kOldest || opset > WriteOptions::kNewest)
    refuse(fmt::format("operator set {}; {} to {} are read", opset, WriteOptions::kOldest,
                       WriteOptions::kNewest),
           {}, "export the network with operator set 17");
  opset_ = static_cast<int>(opset);
}

int File::index(const std::string& name) {
  const auto [found, is_new] = indices_.emplace(name, static_cast<int>(names_.size()));
  if (!is_new) refuse("two values have this name", name);
  if (name.empty()) refuse("a value has no name");
  names_.push_back(name);
  readers_.emplace_back();
  return found->second;
}

int File::known(const std::string& name, const std::string& reader) const {
  const auto found = indices_.find(name);
  if (found == indices_.end())
    refuse(fmt::format("'{}' is read before anything gives it", name), reader);
  return found->second;
}

void File::read_constants() {
  for (const auto& proto : model_->graph().initializer())
    constants_.emplace(index(proto.name()), constant_of(proto));
}

void File::read_inputs() {
  for (const auto& info : model_->graph().input()) {
    // Old files list constants among the inputs.
    if (const auto found = indices_.find(info.name());
        found != indices_.end() && constants_.contains(found->second))
      continue;
    const auto& type = info.type().tensor_type();
    inputs_.push_back({.value = index(info.name()),
                       .dtype = value_dtype(type.elem_type(), info.name()),
                       .shape = value_shape(type, info.name()),
                       .place = value_of(info.metadata_props(), kPlaceKey).value_or("")});
  }
}

void File::read_nodes() {
  for (const auto& raw : model_->graph().node()) {
    FileNode node{.op = raw.op_type(), .name = {}, .inputs = {}, .outputs = {}, .raw = &raw};
    const std::string result = raw.output_size() ? raw.output(0) : raw.name();
    node.name = fmt::format("operator {} ({}) of '{}'", nodes_.size(), node.op, result);
    if (!raw.domain().empty() && raw.domain() != "ai.onnx")
      refuse(fmt::format("operators of '{}' are not known", raw.domain()), node.name);
    for (const std::string& name : raw.input()) {
      node.inputs.push_back(name.empty() ? -1 : known(name, node.name));
      if (!name.empty()) readers_[static_cast<size_t>(node.inputs.back())].push_back(nodes_.size());
    }
    for (const std::string& name : raw.output())
      node.outputs.push_back(name.empty() ? -1 : index(name));
    nodes_.push_back(std::move(node));
  }
}

void File::read_outputs() {
  for (const auto& info : model_->graph().output())
    outputs_.push_back(known(info.name(), "the list of outputs"));
  if (outputs_.empty()) refuse("the graph has no outputs");
}

std::optional<std::string> File::metadata(std::string_view key) const {
  return value_of(model_->metadata_props(), key);
}

bool File::is_output(int value) const {
  return std::find(outputs_.begin(), outputs_.end(), value) != outputs_.end();
}

}  // namespace nnstretch::onnx
