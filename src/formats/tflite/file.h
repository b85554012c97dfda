// The bytes of a .tflite file, checked: after open() every index is in range, every constant has
// the size of its shape, every shape is positive and small enough to multiply. What operators mean
// is not looked at here (raise.h does).
#pragma once
#include <optional>
#include <span>

#include "ir/graph.h"
#include "schema_generated.h"

namespace nnstretch::tflite {

struct FileTensor {
  std::string name;  // "#7" if the file gives tensor 7 none
  schema::TensorType type;
  ir::Shape shape;                      // positive sizes, at most 2^31 elements
  std::span<const std::byte> constant;  // empty: computed while running
  std::vector<float> scales;            // positive and finite; one, or one a slice of `axis`
  std::vector<int64_t> zero_points;     // as many
  int axis = 0;
  bool was_uint8 = false;  // File::make_int8

  bool is_constant() const { return !constant.empty(); }
};

// "CONV_2D", or "number 54" for an operator that schema.fbs does not list.
std::string name_of(schema::BuiltinOperator code);

struct FileOperator {
  schema::BuiltinOperator code;
  std::vector<int> inputs;   // indices of tensors; -1: absent
  std::vector<int> outputs;  // one, but for a SPLIT
  const schema::Operator* raw;
  int output() const { return outputs[0]; }
};

class File {
 public:
  // FormatError with `where` if this is no sound .tflite file. `bytes` must outlive the File.
  static File open(std::span<const std::byte> bytes, const std::string& where);

  size_t tensor_count() const { return tensors_.size(); }
  const FileTensor& tensor(int index) const { return tensors_.at(static_cast<size_t>(index)); }
  const std::vector<FileOperator>& operators() const { return operators_; }
  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }
  // Bytes stored under a name in the file's metadata.
  std::optional<std::string_view> metadata(std::string_view name) const;
  // Operators that read a tensor, each as often as it names it.
  const std::vector<size_t>& readers(int tensor) const {
    return readers_.at(static_cast<size_t>(tensor));
  }
  // From now on this tensor of uint8 is int8: all its numbers are 128 less.
  void make_int8(int tensor);
  // From now on this tensor is computed in float32.
  void make_float(int tensor);
  // From now on this tensor, of float32, is a constant: what an operator on constants makes.
  void make_constant(int tensor, std::vector<float> values);
  bool is_output(int tensor) const { return is_output_.at(static_cast<size_t>(tensor)); }

  // Parts of a hostile file may lie over each other, so that little of it describes much. Whoever
  // copies from the file notes it here; FormatError when it is far more than the file holds.
  void note_copied(size_t bytes);

 private:
  void read_tensors(const schema::Model& model, const schema::SubGraph& graph);
  void read_quantisation(const schema::QuantizationParameters* raw, FileTensor& tensor);
  void read_operators(const schema::Model& model, const schema::SubGraph& graph);
  std::vector<int> indices(const flatbuffers::Vector<int32_t>* raw, int smallest);

  size_t allowance_ = 0;  // bytes that may still be copied
  const schema::Model* model_ = nullptr;
  std::vector<FileTensor> tensors_;
  std::vector<FileOperator> operators_;
  std::vector<int> inputs_, outputs_;
  std::vector<std::vector<size_t>> readers_;
  std::vector<bool> is_output_;
  std::vector<std::vector<float>> made_;            // what constants made later hold
  std::vector<std::vector<std::byte>> made_bytes_;  // the same of int8
};

}  // namespace nnstretch::tflite
