// The numbers of a network, beside its graph: state_dict name -> tensor.
// A checkpoint, its moving average and every folded or quantised version are stores for a graph.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/tensor_type.h"

namespace nnstretch::ir {

// Immutable and cheap to copy: the bytes are shared.
struct Tensor {
  DType dtype = DType::f32;
  Shape shape;
  std::shared_ptr<const std::vector<std::byte>> bytes;
  std::vector<float> scales;  // int8 and int32: one a slice of dimension 0, or one in all
  int32_t zero_point = 0;     // of int8 constants; weights of operators have 0

  // The elements as T (float, double, int8_t, int32_t, int64_t); FormatError if the type differs.
  template <class T>
  std::span<const T> as() const;
};

template <class T>
Tensor make_tensor(Shape shape, std::span<const T> values, std::vector<float> scales = {});

class WeightStore {
 public:
  // ShapeError naming the tensor if it is absent.
  const Tensor& at(std::string_view name) const;
  const Tensor* find(std::string_view name) const;  // null if absent
  void set(std::string name, Tensor tensor);
  void erase(std::string_view name);
  size_t size() const { return tensors_.size(); }
  // In order of name.
  auto begin() const { return tensors_.begin(); }
  auto end() const { return tensors_.end(); }

 private:
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace nnstretch::ir
