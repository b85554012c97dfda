// An .onnx file while it is written: values, constants, operators. Knows the file format and
// nothing of our operators (those are in lower.h).
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "ir/fresh_names.h"
#include "onnx.pb.h"

namespace nnstretch::onnx {

struct Attribute {
  using Value = std::variant<int64_t, float, std::vector<int64_t>>;
  Attribute(std::string own_name, Value own_value)
      : name(std::move(own_name)), value(std::move(own_value)) {}
  // The variant's own copy destroys what is not there yet if it throws (config/value.cpp).
  Attribute(const Attribute& other) : name(other.name) { value = other.value; }
  Attribute(Attribute&&) noexcept = default;
  Attribute& operator=(const Attribute&) = default;
  Attribute& operator=(Attribute&&) noexcept = default;

  std::string name;
  Value value;
};

class Emitter {
 public:
  explicit Emitter(int opset);

  int opset() const { return opset_; }
  // Keeps a name for the value that must have it; FormatError if it is empty or kept already.
  void reserve(const std::string& name);
  // `wanted`, or where the file has that name already "wanted#2" and so on: a file of this format
  // knows values and constants by their names.
  std::string fresh(const std::string& wanted);

  // A constant under a name that reserve() or fresh() gave. Bytes are dense and little endian.
  void constant_named(const std::string& name, schema::TensorProto::DataType type,
                      const ir::Shape& shape, std::span<const std::byte> bytes);
  // One under a fresh name, which is returned.
  std::string constant(const std::string& name, schema::TensorProto::DataType type,
                       const ir::Shape& shape, std::span<const std::byte> bytes);
  std::string int64s(const std::string& name, std::span<const int64_t> values);
  std::string floats(const std::string& name, const ir::Shape& shape,
                     std::span<const float> values);
  std::string scalar(const std::string& name, float value) {
    return floats(name, {}, std::span(&value, 1));
  }

  // Operators from now on belong to this place.
  void at(const ir::Place& place) { place_ = place; }
  void op(const std::string& type, const std::vector<std::string>& in, const std::string& out,
          const std::vector<Attribute>& attributes = {});
  void input(const std::string& name, const ir::TensorType& type, const ir::Place& place);
  void output(const std::string& name, const ir::TensorType& type);
  // What tools show of the file: a text, and a value under a name.
  void describe(const std::string& text);
  void metadata(const std::string& name, const std::string& value);

  // The file; FormatError if it has 2 GiB or more. The emitter is used up.
  std::vector<std::byte> finish(const std::string& graph_name) &&;

 private:
  schema::GraphProto& graph() { return *model_.mutable_graph(); }

  int opset_;
  schema::ModelProto model_;
  ir::FreshNames names_;
  ir::Place place_;
};

}  // namespace nnstretch::onnx
