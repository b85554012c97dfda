// The sub-graph of a .tflite file while it is written: tensors, operators, and whose work each
// operator is. Knows the file format and nothing of our operators (those are in lower.h).
#pragma once
#include <map>

#include "ir/graph.h"
#include "schema_generated.h"

namespace nnstretch::tflite {

using TensorId = int32_t;

// A constant of the file. int8 weights and int32 biases have a scale for each slice of `axis`.
struct Constant {
  std::string name;
  schema::TensorType type;
  ir::Shape shape;
  std::vector<std::byte> bytes;
  std::vector<float> scales = {};
  int axis = 0;
  int32_t zero_point = 0;
};

class Emitter {
 public:
  Emitter();

  // A value that is computed or given while running. FormatError for a size over 2^31.
  TensorId value(const std::string& name, const ir::TensorType& type);
  TensorId constant(Constant constant);
  TensorId int32s(const std::string& name, std::span<const int32_t> values, ir::Shape shape);

  // Operators from now on belong to this place.
  void at(const ir::Place& place) { place_ = place; }
  template <class Options>
  void op(schema::BuiltinOperator code, int version, std::vector<TensorId> in, TensorId out,
          Options options) {
    op(code, version, std::move(in), out).builtin_options.Set(std::move(options));
  }
  // One without options.
  schema::OperatorT& op(schema::BuiltinOperator code, int version, std::vector<TensorId> in,
                        TensorId out);

  // Bytes beside the graph, under a name.
  void metadata(const std::string& name, std::span<const std::byte> bytes);
  // The entry point with its arguments and results in this order.
  void signature(std::vector<TensorId> inputs, std::vector<TensorId> outputs);
  // One an operator, in the order of the file.
  const std::vector<ir::Place>& places() const { return places_; }

  // The file. The emitter is used up.
  std::vector<std::byte> finish(const std::string& name) &&;

 private:
  schema::SubGraphT& graph() { return *model_.subgraphs[0]; }
  uint32_t buffer(std::span<const std::byte> bytes);
  uint32_t code_index(schema::BuiltinOperator code, int version);

  schema::ModelT model_;
  std::map<std::pair<schema::BuiltinOperator, int>, uint32_t> codes_;
  ir::Place place_;
  std::vector<ir::Place> places_;
};

}  // namespace nnstretch::tflite
