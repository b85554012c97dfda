#include "formats/onnx/raise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "formats/foreign.h"
#include "formats/onnx/fold.h"
#include "ir/subgraph.h"

namespace nnstretch::onnx {

namespace {

const Row* row_of(std::string_view op) {
  for (const auto rows : {rows_of_layers(), rows_of_arithmetic(), rows_of_moves(), rows_of_int8()})
    for (const Row& row : rows)
      if (row.op == op) return &row;
  return nullptr;
}

}  // namespace

// ---- the graph

void Raising::run() {
  values_.resize(file_.value_count());
  done_.resize(file_.nodes().size());
  for (int i = 0; i < static_cast<int>(file_.value_count()); ++i) {
    value_names_.push_back(file_.name(i));
    names_.take_exactly(file_.name(i));
  }
  for (const auto& [index, constant] : file_.constants())
    value(index) = {.kind = Value::Kind::constant, .constant = constant, .origin = index};
  for (const FileInput& input : file_.inputs()) {
    const bool quantised = input.dtype != DType::f32;
    const bool plain = !ours_ && input.shape.size() == 4 && is_nhwc(input.value);
    ir::TensorType type{
        .dtype = input.dtype, .shape = plain ? input.shape : from_file(input.shape), .quant = {}};
    if (quantised) {  // the scale stands where the input is read
      const FileNode* reader = nullptr;
      for (const size_t node : file_.readers(input.value)) reader = &file_.nodes()[node];
      const auto found =
          reader && reader->op == "DequantizeLinear" ? quantisation(*reader) : std::nullopt;
      if (!found || found->second != input.dtype)
        throw FormatError({.what = "no DequantizeLinear with one scale reads this input",
                           .where = name(input.value)});
      type.quant = found->first;
      if (input.dtype == DType::u8) type.quant->zero_point += 128;  // as the file counts
    }
    value(input.value) = {
        .kind = Value::Kind::node,
        .id = builder_.add(
            {.name = name(input.value), .op = ir::Input{type}, .at = place_of(input.place)}),
        .plain = plain};
  }
  for (const FileNode& node : file_.nodes()) {  // ahead of those that look who reads their results
    node_ = &node;
    if (node.op != "Constant") continue;
    raise_node();
    take(node);
  }
  for (const FileNode& node : file_.nodes()) {
    if (done_[index_of(node)]) continue;
    node_ = &node;
    raise_node();
  }
  for (const int output : file_.outputs()) {
    if (value(output).kind == Value::Kind::constant)
      throw FormatError({.what = "an output is a constant", .where = name(output)});
    outputs_.push_back(output_node(output));
  }
}

// A node of its own also for an output that is an input or another output once more.
ir::NodeId Raising::output_node(int output) {
  const ir::NodeId id = float_node(output, true);
  const ir::Node& node = builder_.so_far().node(id);
  const bool given =
      ir::is_source(node.op) || std::find(outputs_.begin(), outputs_.end(), id) != outputs_.end();
  if (!given || node.type.dtype == DType::u8) return id;
  return add(
      {.name = fresh(name(output) + "_again"), .op = ir::Reshape{node.type.shape}, .inputs = {id}});
}

// Outputs get the file's names, whatever nodes stand for them; what has such a name gives way.
ir::Graph Raising::graph() && {
  const ir::Graph graph = std::move(builder_).finish(outputs_);
  std::map<ir::NodeId, std::string> own;
  std::set<std::string> taken;
  for (const ir::NodeId id : graph.inputs()) taken.insert(graph.node(id).name);
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (const std::string& wanted = name(file_.outputs()[i]);
        !ir::is_source(graph.node(outputs_[i]).op) && !own.contains(outputs_[i]) &&
        taken.insert(wanted).second)
      own[outputs_[i]] = wanted;
  return ir::Rewriter(graph).run([&](ir::Rewriter& rewriter, ir::NodeId id) {
    ir::NodeSpec spec = rewriter.spec(id);
    if (const auto found = own.find(id); found != own.end())
      spec.name = found->second;
    else if (!graph.op_if<ir::Input>(id) && taken.contains(spec.name))
      spec.name = fresh(spec.name);
    return rewriter.builder.add(std::move(spec));
  });
}

void Raising::raise_node() try {
  std::vector<const Constant*> constants;
  bool all = true;
  for (size_t i = 0; i < node_->inputs.size(); ++i) {
    constants.push_back(constant_in(i));
    all &= constants.back() || !has(i);
    if (has(i) && value(in(i)).kind == Value::Kind::none)
      refuse(fmt::format("'{}' is no value that can be read here", name(in(i))));
  }
  const bool quantises = node_->op == "QuantizeLinear" || node_->op == "DequantizeLinear";
  if (all && !quantises && node_->outputs.size() == 1)
    if (auto folded = fold(*node_, constants, file_.opset())) {
      value(out()) = {
          .kind = Value::Kind::constant, .constant = std::move(*folded), .origin = out()};
      return;
    }
  const Row* row = row_of(node_->op);
  if (!row) refuse("this operator is not known");
  row->raise(*this);
} catch (const FormatError& error) {
  if (!error.message().where.empty()) throw;
  refuse(error.message().what);
} catch (const ShapeError& error) {
  refuse(error.message().what);
}

// ---- the node at hand

void Raising::refuse(std::string what) const {
  throw FormatError({.what = std::move(what), .where = node_->name});
}

void Raising::need_inputs(size_t least, size_t most) const {
  if (node_->inputs.size() < least || node_->inputs.size() > most)
    refuse(fmt::format("it has {} operands", node_->inputs.size()));
}

int Raising::in(size_t i) const {
  if (!has(i)) refuse(fmt::format("operand {} is absent", i));
  return node_->inputs[i];
}

int Raising::out() const {
  if (node_->outputs.empty() || node_->outputs[0] < 0) refuse("it has no result");
  for (size_t i = 1; i < node_->outputs.size(); ++i)
    if (const int other = node_->outputs[i];
        other >= 0 && (file_.is_output(other) || !file_.readers(other).empty()))
      refuse("more than its first result is used");
  return node_->outputs[0];
}

const Constant* Raising::constant_in(size_t i) const {
  if (!has(i)) return nullptr;
  const Value& found = value(node_->inputs[i]);
  return found.kind == Value::Kind::constant && found.scales.empty() ? &found.constant : nullptr;
}

ir::Shape Raising::shape_of(int index) const {
  const Value& found = value(index);
  if (found.kind == Value::Kind::constant) return found.constant.shape;
  if (found.kind == Value::Kind::none)
    refuse(fmt::format("'{}' is no value that can be read here", name(index)));
  const ir::Shape& shape = builder_.type(found.id).shape;
  return found.plain ? shape : to_file(shape);
}

void Raising::need_nchw(size_t i) const {
  if (rank(i) != 4) refuse("its operand is not NCHW");
}

ir::Place Raising::place_of(const std::string& text) const {
  if (!text.empty()) return place_from_text(text);
  return ours_ ? ir::Place{} : formats::kOnlyPlace;
}

ir::Place Raising::place() const { return place_of(node_->metadata(kPlaceKey)); }

std::vector<std::string> Raising::notes() && {
  constexpr size_t kShown = 4;
  if (in_float_.empty()) return {};
  const size_t shown = std::min(kShown, in_float_.size());
  return {fmt::format(
      "{} operators between int8 values are computed in float, for which int8 has "
      "no such form: {}{}",
      in_float_.size(),
      fmt::join(in_float_.begin(), in_float_.begin() + static_cast<ptrdiff_t>(shown), ", "),
      shown < in_float_.size() ? ", ..." : "")};
}

std::string Raising::fresh(const std::string& wanted) { return names_.take(wanted); }

int Raising::hidden(const std::string& wanted) {
  values_.emplace_back();
  value_names_.push_back(fresh(wanted));
  return static_cast<int>(values_.size()) - 1;
}

ir::NodeId Raising::add(ir::NodeSpec spec) {
  spec.at = place();
  return builder_.add(std::move(spec));
}

// ---- around it

// Files made from networks with channels last (tf2onnx) begin with a transposition to NCHW. It may
// stand behind operators that have no layout; one that reads NCHW settles it the other way.
bool Raising::is_nhwc(int input) const {
  static const std::set<std::string_view> without_layout = {
      "QuantizeLinear", "DequantizeLinear", "Cast", "Identity", "Dropout", "Relu",
      "Clip",           "Sigmoid",          "Add",  "Sub",      "Mul",     "Div"};
  static const std::set<std::string_view> of_nchw = {"Conv", "MaxPool", "AveragePool",
                                                     "GlobalAveragePool", "BatchNormalization"};
  std::vector<int> left = {input};
  std::set<int> met = {input};
  bool transposed = false;
  while (!left.empty()) {
    const int at = left.back();
    left.pop_back();
    for (const size_t index : file_.readers(at)) {
      const FileNode& node = file_.nodes()[index];
      if (of_nchw.contains(node.op)) return false;
      if (node.op == "Transpose")
        transposed |= node.integers("perm") == std::vector<int64_t>{0, 3, 1, 2};
      else if (const int result = result_of(node);
               result >= 0 && without_layout.contains(node.op) && met.insert(result).second)
        left.push_back(result);
    }
  }
  return transposed;
}

int result_of(const FileNode& node) { return node.outputs.size() == 1 ? node.outputs[0] : -1; }

const FileNode* Raising::only_reader(int index) const {
  if (index < 0 || static_cast<size_t>(index) >= file_.value_count()) return nullptr;
  const auto& readers = file_.readers(index);
  if (readers.size() != 1 || file_.is_output(index)) return nullptr;
  return &file_.nodes()[readers[0]];
}

bool Raising::reads(const FileNode& node, int index) const {
  return std::find(node.inputs.begin(), node.inputs.end(), index) != node.inputs.end();
}

std::optional<float> Raising::scalar(int index) const {
  const Value& found = value(index);
  if (found.kind != Value::Kind::constant || !found.scales.empty() ||
      found.constant.dtype != DType::f32 || ir::count(found.constant.shape) != 1)
    return {};
  return found.constant.as<float>()[0];
}

std::optional<float> Raising::scalar_beside(const FileNode& node, int index) const {
  if (node.inputs.size() != 2) return {};
  for (size_t i = 0; i < 2; ++i)
    if (node.inputs[i] == index && node.inputs[1 - i] >= 0) {
      // A constant that a node makes may not have been met yet.
      return scalar(node.inputs[1 - i]);
    }
  return {};
}

std::optional<ir::Act> Raising::relu_kind(const FileNode& node) const {
  if (node.op == "Relu") return ir::Act::relu;
  if (node.op != "Clip" || node.inputs.size() < 2 || node.inputs[1] < 0) return {};
  const auto least = scalar(node.inputs[1]);
  if (least != 0.0f) return {};
  if (node.inputs.size() == 2 || node.inputs[2] < 0) return ir::Act::relu;
  if (scalar(node.inputs[2]) == 6.0f) return ir::Act::relu6;
  return {};
}

// The scale and, as int8 counts, the zero point of a QuantizeLinear or DequantizeLinear that has
// one of each; and the type in the file.
std::optional<std::pair<ir::Quant, DType>> Raising::quantisation(const FileNode& node) const {
  if (node.inputs.size() < 2 || node.inputs[1] < 0) return {};
  const auto scale = scalar(node.inputs[1]);
  if (!scale) return {};
  if (node.inputs.size() < 3 || node.inputs[2] < 0) {
    if (node.op != "QuantizeLinear" || node.integer("output_dtype", 0) != 0) return {};
    return {{ir::Quant{*scale, -128}, DType::u8}};
  }
  const Value& zero = value(node.inputs[2]);
  if (zero.kind != Value::Kind::constant || ir::count(zero.constant.shape) != 1) return {};
  const auto byte = (*zero.constant.bytes)[0];
  if (zero.constant.dtype == DType::i8)
    return {{ir::Quant{*scale, static_cast<int8_t>(byte)}, DType::i8}};
  if (zero.constant.dtype == DType::u8)
    return {{ir::Quant{*scale, static_cast<int32_t>(byte) - 128}, DType::u8}};
  return {};
}

std::optional<Sink> Raising::sink(int index, bool may_have_act) const {
  const FileNode* reader = only_reader(index);
  if (!reader) return {};
  Sink found;
  if (const auto act = may_have_act ? relu_kind(*reader) : std::nullopt) {
    found.act = *act;
    found.nodes.push_back(index_of(*reader));
    reader = only_reader(result_of(*reader));
    if (!reader) return {};
  }
  if (reader->op != "QuantizeLinear" || result_of(*reader) < 0) return {};
  const auto quant = quantisation(*reader);
  if (!quant) return {};
  found.nodes.push_back(index_of(*reader));
  found.value = result_of(*reader);
  std::tie(found.quant, found.dtype) = *quant;
  return found;
}

}  // namespace nnstretch::onnx
