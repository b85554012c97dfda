// The bytes of an .onnx file, checked: after open() every name has an index, every value has at
// most one maker that stands before its readers, every constant has the bytes of its shape. What
// operators mean is not looked at here (raise.h does).
#pragma once
#include <map>
#include <optional>
#include <span>

#include "formats/onnx/layout.h"
#include "ir/graph.h"
#include "onnx.pb.h"

namespace nnstretch::onnx {

// Elements of a constant as the file has them, NCHW; sizes may be 0.
using Constant = ir::Tensor;

// FormatError naming the tensor for one that is not sound, or of a type that is not read.
Constant constant_of(const schema::TensorProto& proto);

struct FileNode {
  std::string op, name;              // name: for messages
  std::vector<int> inputs, outputs;  // values; -1: absent
  const schema::NodeProto* raw;

  // Attributes with their defaults; FormatError for one of another type.
  int64_t integer(std::string_view attribute, int64_t otherwise) const;
  float real(std::string_view attribute, float otherwise) const;
  std::string text(std::string_view attribute, const std::string& otherwise) const;
  std::optional<std::vector<int64_t>> integers(std::string_view attribute) const;
  const schema::TensorProto* tensor(std::string_view attribute) const;
  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  std::string metadata(std::string_view key) const;  // "" if absent

 private:
  const schema::AttributeProto* find(std::string_view attribute) const;
};

struct FileInput {
  int value;
  DType dtype;
  ir::Shape shape;    // NCHW
  std::string place;  // its metadata, "" if absent
};

class File {
 public:
  // FormatError with `where` if this is no sound .onnx file of operator sets 11 to 21.
  static File open(std::span<const std::byte> bytes, const std::string& where);

  int opset() const { return opset_; }
  size_t value_count() const { return names_.size(); }
  const std::string& name(int value) const { return names_.at(static_cast<size_t>(value)); }
  const std::map<int, Constant>& constants() const { return constants_; }
  const std::vector<FileNode>& nodes() const { return nodes_; }
  const std::vector<FileInput>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }
  // Text stored under a key in the model's metadata.
  std::optional<std::string> metadata(std::string_view key) const;
  // Nodes that read a value, each as often as it names it.
  const std::vector<size_t>& readers(int value) const {
    return readers_.at(static_cast<size_t>(value));
  }
  bool is_output(int value) const;

 private:
  int index(const std::string& name);
  int known(const std::string& name, const std::string& reader) const;
  void read_opset();
  void read_constants();
  void read_inputs();
  void read_nodes();
  void read_outputs();

  std::shared_ptr<schema::ModelProto> model_;  // nodes point into it
  int opset_ = 0;
  std::map<std::string, int, std::less<>> indices_;
  std::vector<std::string> names_;
  std::map<int, Constant> constants_;
  std::vector<FileNode> nodes_;
  std::vector<FileInput> inputs_;
  std::vector<int> outputs_;
  std::vector<std::vector<size_t>> readers_;
};

}  // namespace nnstretch::onnx
