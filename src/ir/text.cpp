#include "ir/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <sstream>

#include "base/error.h"

namespace nnstretch::ir {
namespace {

constexpr Act kActs[] = {Act::none, Act::relu,    Act::relu6,        Act::silu,
                         Act::gelu, Act::sigmoid, Act::hard_sigmoid, Act::hard_swish};

// ---- writing

std::string text(int value) { return std::to_string(value); }
std::string text(bool value) { return value ? "1" : "0"; }
std::string text(float value) { return fmt::format("{}", value); }
std::string text(Act act) { return std::string(name_of(act)); }
std::string text(const Pads& p) {
  return fmt::format("{},{},{},{}", p.top, p.left, p.bottom, p.right);
}
std::string text(const Window& w) {
  return fmt::format("{}x{}/{}x{}+{}", w.kernel.h, w.kernel.w, w.stride.h, w.stride.w,
                     text(w.pads));
}
std::string text(const Shape& shape) { return to_string(shape); }
std::string text(DType type) { return std::string(name_of(type)); }
std::string text(const Quant& q) { return fmt::format("{},{}", q.scale, q.zero_point); }

struct FieldWriter {
  std::string& out;
  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (!std::is_same_v<T, TensorType>) out += fmt::format(" {}={}", name, text(value));
  }
};

// ---- reading

[[noreturn]] void refuse(std::string_view what, std::string_view where) {
  throw FormatError({.what = std::string(what), .where = fmt::format("'{}'", where)});
}

template <class T>
T number(std::string_view word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) refuse("not a number", word);
  return value;
}

std::vector<std::string_view> split(std::string_view word, char by) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto at = word.find(by);
    pieces.push_back(word.substr(0, at));
    if (at == word.npos) return pieces;
    word.remove_prefix(at + 1);
  }
}

void read(std::string_view word, int& value) { value = number<int>(word); }
void read(std::string_view word, bool& value) { value = number<int>(word) != 0; }
void read(std::string_view word, float& value) { value = number<float>(word); }
void read(std::string_view word, Act& value) {
  for (const Act act : kActs)
    if (word == name_of(act)) {
      value = act;
      return;
    }
  refuse("not an activation", word);
}
void read(std::string_view word, Size2& size) {
  const auto sides = split(word, 'x');
  if (sides.size() != 2) refuse("not HxW", word);
  size = {number<int>(sides[0]), number<int>(sides[1])};
}
void read(std::string_view word, Pads& pads) {
  const auto sides = split(word, ',');
  if (sides.size() != 4) refuse("not top,left,bottom,right", word);
  pads = {number<int>(sides[0]), number<int>(sides[1]), number<int>(sides[2]),
          number<int>(sides[3])};
}
void read(std::string_view word, Shape& shape) {
  shape.clear();
  for (const auto size : split(word, 'x')) shape.push_back(number<int64_t>(size));
}
void read(std::string_view word, DType& type) {
  for (const DType known : {DType::f32, DType::i8, DType::u8})
    if (word == name_of(known)) {
      type = known;
      return;
    }
  refuse("not f32, i8 or u8", word);
}
void read(std::string_view word, Window& window) {
  const auto plus = word.find('+');
  const auto sizes = split(word.substr(0, plus), '/');
  read(sizes[0], window.kernel);
  if (sizes.size() > 1) read(sizes[1], window.stride);
  const int h = (window.kernel.h - 1) / 2, w = (window.kernel.w - 1) / 2;
  window.pads = {h, w, h, w};
  if (plus == word.npos) return;
  read(word.substr(plus + 1), window.pads);
}
Quant read_quant(std::string_view word) {
  const auto pieces = split(word, ',');
  if (pieces.size() != 2) refuse("not scale,zero_point", word);
  return {number<float>(pieces[0]), number<int32_t>(pieces[1])};
}
Place read_place(std::string_view word) {
  const auto pieces = split(word, '.');
  if (pieces.size() != 3) refuse("not stage.branch.role", word);
  return {number<int>(pieces[0]), number<int>(pieces[1]), std::string(pieces[2])};
}

using Words = std::vector<std::string>;

struct FieldReader {
  const Words& words;
  template <class T>
  void operator()(std::string_view name, T& value) {
    if constexpr (!std::is_same_v<T, TensorType>)
      for (const std::string& word : words)
        if (word.starts_with(fmt::format("{}=", name)))
          read(std::string_view(word).substr(name.size() + 1), value);
  }
};

template <size_t I = 0>
Op op_named(std::string_view name) {
  if constexpr (I < std::variant_size_v<Op>) {
    using T = std::variant_alternative_t<I, Op>;
    if (name == T::kName) return T{};
    return op_named<I + 1>(name);
  } else {
    refuse("not an operator", name);
  }
}

// "i8 1x8x8x4" with the scale given as q=...
TensorType read_type(const Words& words, std::string_view statement) {
  if (words.size() < 5) refuse("this needs a type and a shape", statement);
  TensorType type;
  read(words[3], type.dtype);
  if (words[4] != "-") read(words[4], type.shape);
  return type;
}

std::vector<std::string> default_weights(const std::string& name, size_t count) {
  static const std::vector<std::string> suffixes = {"weight", "bias", "running_mean",
                                                    "running_var"};
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(name + "." + suffixes.at(i));
  return names;
}

class Parser {
 public:
  void statement(std::string_view line) {
    std::istringstream stream{std::string(line)};
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty()) return;
    if (words[0] == "output") {
      for (size_t i = 1; i < words.size(); ++i)
        outputs_.push_back(builder_.so_far().find(words[i]));
      return;
    }
    if (words.size() < 3 || words[1] != "=") refuse("not NAME = OP ...", line);
    if (words[0].find(',') != std::string::npos) refuse("a comma stands between names", words[0]);
    node(words, line);
  }
  Graph finish() && { return std::move(builder_).finish(outputs_); }

 private:
  void node(const Words& words, std::string_view line) {
    NodeSpec spec{.name = words[0], .op = op_named(words[2])};
    const bool has_type = is_source(spec.op);
    TensorType type = has_type ? read_type(words, line) : TensorType{};
    for (size_t i = has_type ? 5 : 3; i < words.size(); ++i) {
      const std::string_view word = words[i];
      if (word.starts_with("w=")) {
        for (const auto name : split(word.substr(2), ',')) spec.weights.emplace_back(name);
      } else if (word.starts_with("q=")) {
        spec.quant = read_quant(word.substr(2));
      } else if (word.starts_with('@')) {
        spec.at = read_place(word.substr(1));
      } else if (word.find('=') == word.npos) {
        spec.inputs.push_back(builder_.so_far().find(word));
      }
    }
    std::visit([&](auto& op) { op.fields(FieldReader{words}); }, spec.op);
    type.quant = spec.quant;
    if (auto* input = std::get_if<Input>(&spec.op)) input->type = type;
    if (auto* constant = std::get_if<Constant>(&spec.op)) constant->type = type;
    if (spec.weights.empty())
      spec.weights = default_weights(spec.name, builder_.weight_count(spec));
    builder_.add(std::move(spec));
  }

  GraphBuilder builder_;
  std::vector<NodeId> outputs_;
};

}  // namespace

std::string print(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::string line = fmt::format("{} = {}", node.name, name_of(node.op));
  if (is_source(node.op))
    line += fmt::format(" {} {}", name_of(node.type.dtype),
                        node.type.shape.empty() ? "-" : to_string(node.type.shape));
  for (const NodeId operand : node.inputs) line += " " + graph.node(operand).name;
  std::visit([&](auto op) { op.fields(FieldWriter{line}); }, node.op);
  if (!node.weights.empty()) line += fmt::format(" w={}", fmt::join(node.weights, ","));
  if (node.type.quant) line += " q=" + text(*node.type.quant);
  return line + fmt::format(" @{}.{}.{}", node.at.stage, node.at.branch, node.at.role);
}

std::string print(const Graph& graph) {
  std::string out;
  for (NodeId id = 0; id < graph.size(); ++id) out += print(graph, id) + "\n";
  out += "output";
  for (const NodeId id : graph.outputs()) out += " " + graph.node(id).name;
  return out + "\n";
}

Graph parse(std::string_view text) {
  Parser parser;
  while (!text.empty()) {
    const auto end = text.find_first_of(";\n");
    parser.statement(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return std::move(parser).finish();
}

}  // namespace nnstretch::ir
