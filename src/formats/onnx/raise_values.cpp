// How values of the file become operands of ours, and nodes values (raise.h).
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "formats/onnx/raise.h"

namespace nnstretch::onnx {
namespace {

const ir::Shape kToNhwc = {0, 2, 3, 1}, kToNchw = {0, 3, 1, 2};

// Whether the two orders of a shape (ours) are the same bytes.
bool same_bytes(const ir::Shape& nhwc) { return nhwc[1] * nhwc[2] == 1 || nhwc[3] == 1; }

// The zero point as int8 counts.
int64_t as_int8(int64_t zero_point, DType stored) {
  return stored == DType::u8 ? zero_point - 128 : zero_point;
}

}  // namespace

// ---- operands

// A node of four dimensions in the other order; the same node if it has it.
ir::NodeId Raising::laid_out(ir::NodeId id, bool plain, bool nhwc) {
  const ir::Node& node = builder_.so_far().node(id);
  if (node.type.shape.size() != 4 || plain != nhwc) return id;
  const std::string key = fmt::format("{} in {}", id, nhwc ? "nhwc" : "nchw");
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  const ir::Shape& shape = node.type.shape;
  const ir::Shape target = nhwc ? from_file(shape) : to_file(shape);
  const std::string name = fresh(node.name + (nhwc ? "_nhwc" : "_nchw"));
  const bool moves = !same_bytes(nhwc ? target : shape);
  return made_[key] = add({.name = name,
                           .op = moves ? ir::Op(ir::Transpose{nhwc ? kToNhwc : kToNchw})
                                       : ir::Op(ir::Reshape{target}),
                           .inputs = {id}});
}

// A node with dimensions of size 1 in front, as broadcasting sees it in the file.
ir::NodeId Raising::widened(ir::NodeId id, size_t rank, bool nhwc) {
  const ir::Node& node = builder_.so_far().node(id);
  ir::Shape shape = node.type.shape;
  if (shape.empty() || shape.size() >= rank) return id;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  const std::string key = fmt::format("{} with {}", id, rank);
  if (!made_.contains(key))
    made_[key] =
        add({.name = fresh(node.name + "_wide"), .op = ir::Reshape{shape}, .inputs = {id}});
  return laid_out(made_[key], true, nhwc);
}

ir::NodeId Raising::constant_node(int index, bool nhwc, size_t rank, bool int8) {
  const Value& from = value(index);
  const std::string key = fmt::format("constant {} {} {} {}", index, nhwc, rank, int8);
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  ir::Tensor tensor = int8 ? from.constant : float_tensor(index, false);
  if (!tensor.shape.empty() && tensor.shape.size() < rank)
    tensor.shape.insert(tensor.shape.begin(), rank - tensor.shape.size(), 1);
  if (nhwc && tensor.shape.size() == 4) {
    tensor.shape = from_file(tensor.shape);
    tensor.bytes = std::make_shared<const std::vector<std::byte>>(
        nhwc_from_nchw(*tensor.bytes, tensor.shape, size_of(tensor.dtype)));
  }
  ir::TensorType type{.dtype = tensor.dtype, .shape = tensor.shape, .quant = {}};
  if (int8) {
    if (tensor.dtype == DType::u8) {
      auto bytes = *tensor.bytes;
      for (std::byte& byte : bytes) byte ^= std::byte{0x80};  // 128 less, as int8
      tensor.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    }
    type.dtype = tensor.dtype = DType::i8;
    type.quant = ir::Quant{from.scales[0],
                           static_cast<int32_t>(as_int8(from.zero_points[0], from.constant.dtype))};
  }
  const std::string& own = name(from.origin);
  const std::string name = weights_.find(own) ? fresh(own) : own;
  weights_.set(name, std::move(tensor));
  return made_[key] = add({.name = name, .op = ir::Constant{type}, .weights = {name}});
}

ir::NodeId Raising::float_node(int index, bool nhwc, size_t rank) {
  const Value found = value(index);
  if (found.kind == Value::Kind::constant) return constant_node(index, nhwc, rank, false);
  if (found.kind == Value::Kind::none)
    refuse(fmt::format("'{}' is no value that can be read here", name(index)));
  ir::NodeId id = found.id;
  if (found.kind == Value::Kind::real) {
    id = add({.name = name(index), .op = ir::Dequantize{}, .inputs = {id}});
    value(index) = {.kind = Value::Kind::node, .id = id, .plain = found.plain};
  }
  if (builder_.type(id).shape.size() < rank) return widened(id, rank, nhwc);
  return laid_out(id, found.plain, nhwc);
}

bool Raising::may_be_int8(int index) const {
  const Value& found = value(index);
  if (found.kind == Value::Kind::real) return true;
  const bool byte = found.constant.dtype == DType::i8 || found.constant.dtype == DType::u8;
  return found.kind == Value::Kind::constant && found.scales.size() == 1 && byte;
}

ir::NodeId Raising::int8_node(int index, bool nhwc, size_t rank) {
  const Value& found = value(index);
  if (found.kind == Value::Kind::constant) return constant_node(index, nhwc, rank, true);
  ir::NodeId id = found.id;
  if (builder_.type(id).dtype == DType::u8) {
    const std::string key = fmt::format("{} as int8", id);
    ir::Quant quant = *builder_.type(id).quant;
    quant.zero_point -= 128;
    if (!made_.contains(key))
      made_[key] = add({.name = fresh(builder_.so_far().node(id).name + "_int8"),
                        .op = ir::Quantize{},
                        .inputs = {id},
                        .quant = quant});
    id = made_[key];
  }
  if (builder_.type(id).shape.size() < rank) return widened(id, rank, nhwc);
  return laid_out(id, found.plain, nhwc);
}

// ---- results

void Raising::give_float(ir::Op op, std::vector<ir::NodeId> in, int result, bool plain,
                         std::vector<std::string> weights) {
  value(result) = {.kind = Value::Kind::node,
                   .id = add({.name = name(result),
                              .op = std::move(op),
                              .inputs = std::move(in),
                              .weights = std::move(weights)}),
                   .plain = plain};
}

// A uint8 result inside of the network is int8 here; one that the network gives out stays uint8.
void Raising::give_int8(ir::Op op, std::vector<ir::NodeId> in, const Sink& sink, bool plain,
                        std::vector<std::string> weights) {
  for (const size_t node : sink.nodes) done_[node] = true;
  const bool as_u8 = sink.dtype == DType::u8 && file_.is_output(sink.value);
  const std::string own = name(sink.value);
  ir::NodeSpec spec{.name = as_u8 ? fresh(own + "_int8") : own,
                    .op = std::move(op),
                    .inputs = std::move(in),
                    .weights = std::move(weights)};
  if (!ir::keeps_scale(spec.op)) spec.quant = sink.quant;
  ir::NodeId id = add(std::move(spec));
  if (as_u8) {  // nothing moves uint8: it is made in the order in which it is given out
    ir::Quant quant = sink.quant;
    quant.zero_point += 128;
    id = laid_out(id, plain, true);
    plain = false;
    id = add({.name = own, .op = ir::Quantize{DType::u8}, .inputs = {id}, .quant = quant});
  }
  value(sink.value) = {.kind = Value::Kind::node, .id = id, .plain = plain};
}

void Raising::give(ir::Op op, std::vector<int> operands, bool nhwc, int result) {
  size_t rank = 0;
  bool real = false, int8 = true;
  for (const int operand : operands) {
    rank = std::max(rank, shape_of(operand).size());
    real |= is_real(operand);
    int8 &= may_be_int8(operand);
  }
  if (operands.size() == 1 || !nhwc || rank != 4) rank = 0;  // aligned as it is
  const bool may_have_act = std::visit(
      [](const auto& o) {
        return requires { o.act; };
      },
      op);
  auto to = real && int8 ? sink(result, may_have_act) : std::nullopt;
  // Whatever only chooses or averages stored values has the scale of its operand.
  if (to && ir::keeps_scale(op) && builder_.type(value(operands[0]).id).quant) {
    const ir::NodeId first = int8_node(operands[0], nhwc, rank);
    if (builder_.type(first).quant != to->quant) to.reset();
  }
  std::vector<ir::NodeId> in;
  for (const int operand : operands)
    in.push_back(to ? int8_node(operand, nhwc, rank) : float_node(operand, nhwc, rank));
  const bool plain = !nhwc;
  if (!to) return give_float(std::move(op), std::move(in), result, plain);
  std::visit(
      [&](auto& o) {
        if constexpr (requires { o.act; }) o.act = to->act;
      },
      op);
  give_int8(std::move(op), std::move(in), *to, plain);
}

void Raising::move(ir::Op op, std::vector<int> operands, bool nhwc, int result, bool plain) {
  bool real = false, int8 = true;
  for (const int operand : operands) real |= is_real(operand), int8 &= may_be_int8(operand);
  std::vector<ir::NodeId> in;
  const auto to = sink(result, false);
  if (real && int8)
    for (const int operand : operands) in.push_back(int8_node(operand, nhwc));
  // Values of different scales can meet only where the file says in which scale.
  for (const ir::NodeId id : in)
    int8 &= to || builder_.type(id).quant == builder_.type(in[0]).quant;
  if (!real || !int8) {
    in.clear();
    for (const int operand : operands) in.push_back(float_node(operand, nhwc));
    return give_float(std::move(op), std::move(in), result, plain);
  }
  const ir::Quant quant = to && operands.size() > 1 ? to->quant : *builder_.type(in[0]).quant;
  for (size_t i = 0; i < in.size(); ++i)
    if (*builder_.type(in[i]).quant != quant)  // of other scale than the rest
      in[i] = add({.name = fresh(fmt::format("{}_rescaled", builder_.so_far().node(in[i]).name)),
                   .op = ir::Quantize{},
                   .inputs = {in[i]},
                   .quant = quant});
  if (to && to->quant == quant) return give_int8(std::move(op), std::move(in), *to, plain);
  const ir::NodeId id = add({.name = name(result), .op = std::move(op), .inputs = std::move(in)});
  value(result) = {.kind = Value::Kind::real, .id = id, .plain = plain};
}

void Raising::alias(int from, int to) { value(to) = value(from); }

}  // namespace nnstretch::onnx
