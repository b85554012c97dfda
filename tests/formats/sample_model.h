// Small models with random weights, from graphs as text (ir/text.h), and the graphs that between
// them have every way in which a node becomes operators of a .tflite file.
#pragma once
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ir/text.h"

namespace nnstretch::testing {

template <class T, class Draw>
ir::Tensor random_tensor(const ir::Shape& shape, std::vector<float> scales, Draw draw) {
  std::vector<T> values(static_cast<size_t>(ir::count(shape)));
  for (T& value : values) value = static_cast<T>(draw());
  return ir::make_tensor<T>(shape, values, std::move(scales));
}

// Weights as an int8 node wants them: int8 with a scale a channel, then the int32 bias.
inline void set_int8_weights(ir::Model& model, const ir::Node& node,
                             std::span<const ir::Shape> shapes, std::mt19937& random) {
  std::vector<float> scales(static_cast<size_t>(shapes[0][0]));
  for (float& scale : scales) scale = std::uniform_real_distribution<float>(0.002f, 0.02f)(random);
  std::uniform_int_distribution<int> weight(-127, 127), bias(-2000, 2000);
  model.weights.set(node.weights[0],
                    random_tensor<int8_t>(shapes[0], scales, [&] { return weight(random); }));
  if (shapes.size() < 2) return;
  for (float& scale : scales) scale *= model.graph.node(node.inputs[0]).type.quant->scale;
  model.weights.set(node.weights[1],
                    random_tensor<int32_t>(shapes[1], scales, [&] { return bias(random); }));
}

inline ir::Model sample_model(std::string_view graph, unsigned seed = 7) {
  ir::Model model{.graph = ir::parse(graph), .weights = {}, .name = "sample", .preprocess = {}};
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-1, 1);
  for (ir::NodeId id = 0; id < model.graph.size(); ++id) {
    const ir::Node& node = model.graph.node(id);
    const auto in = model.graph.input_shapes(id);
    const auto shapes = std::visit([&](const auto& op) { return weight_shapes(op, in); }, node.op);
    if (shapes.empty()) continue;
    if (ir::is_source(node.op) && node.type.quant)
      model.weights.set(node.weights[0], random_tensor<int8_t>(shapes[0], {}, [&] {
                          return std::uniform_int_distribution<int>(-128, 127)(random);
                        }));
    else if (node.type.quant)
      set_int8_weights(model, node, shapes, random);
    else
      for (size_t i = 0; i < shapes.size(); ++i) {
        const float least = node.weights[i].ends_with("running_var") ? 1.5f : 0;
        model.weights.set(node.weights[i], random_tensor<float>(shapes[i], {}, [&] {
                            return least + draw(random);
                          }));
      }
  }
  return model;
}

struct SampleGraph {
  std::string name, text;
  std::vector<std::string> operators;  // of the file, in order
};

inline void PrintTo(const SampleGraph& sample, std::ostream* out) { *out << sample.name; }

inline const std::vector<SampleGraph>& sample_graphs() {
  static const std::vector<SampleGraph> graphs = {
      {"same_padding",
       "x = input i8 1x8x8x4 q=0.05,3; y = conv x out=8 window=3x3/1x1 bias=1 q=0.1,-5; output y",
       {"CONV_2D"}},
      {"same_padding_even_input_stride_2",
       "x = input i8 1x8x8x4 q=0.05,3; y = conv x out=8 window=3x3/2x2+0,0,1,1 bias=1 q=0.1,-5; "
       "output y",
       {"CONV_2D"}},
      {"symmetric_padding_stride_2",
       "x = input i8 1x8x8x4 q=0.05,3; y = conv x out=8 window=3x3/2x2 bias=1 act=relu q=0.1,-128; "
       "output y",
       {"PAD", "CONV_2D"}},
      {"symmetric_padding_stride_2_odd_input",
       "x = input i8 1x9x7x4 q=0.05,3; y = conv x out=8 window=3x3/2x2 act=relu6 q=0.0235,-128; "
       "output y",
       {"CONV_2D"}},
      {"lopsided_padding",
       "x = input i8 1x6x6x3 q=0.05,-7; y = conv x out=4 window=3x2/1x1+2,0,1,3 bias=1 q=0.1,0; "
       "output y",
       {"PAD", "CONV_2D"}},
      {"no_padding_1x1_stride_2",
       "x = input i8 1x8x8x4 q=0.05,3; y = conv x out=8 window=1x1/2x2 bias=1 q=0.1,-5; output y",
       {"CONV_2D"}},
      {"depthwise",
       "x = input i8 1x8x8x6 q=0.05,3; y = conv x out=6 window=5x5/2x2 groups=6 bias=1 q=0.1,-5; "
       "output y",
       {"PAD", "DEPTHWISE_CONV_2D"}},
      {"depthwise_with_multiplier",
       "x = input i8 1x8x8x3 q=0.05,3; y = conv x out=6 window=3x3/1x1 groups=3 q=0.1,-5; output y",
       {"DEPTHWISE_CONV_2D"}},
      {"grouped",
       "x = input i8 1x8x8x8 q=0.05,3; y = conv x out=12 window=3x3/1x1 groups=4 bias=1 q=0.1,-5; "
       "output y",
       {"CONV_2D"}},
      {"grouped_stride_2",
       "x = input i8 1x8x8x8 q=0.05,3; y = conv x out=8 window=3x3/2x2 groups=2 bias=1 q=0.1,-5; "
       "output y",
       {"PAD", "CONV_2D"}},
      {"max_pool_after_relu",
       "x = input i8 1x8x8x4 q=0.05,-128; y = max_pool x window=3x3/2x2; output y",
       {"PAD", "MAX_POOL_2D"}},
      {"max_pool_of_signed_values",
       "x = input i8 1x8x8x4 q=0.05,10; y = max_pool x window=3x3/2x2; output y",
       {"PADV2", "MAX_POOL_2D"}},
      {"max_pool_without_padding",
       "x = input i8 1x8x8x4 q=0.05,10; y = max_pool x window=2x2/2x2+0,0,0,0; output y",
       {"MAX_POOL_2D"}},
      {"mean", "x = input i8 1x5x5x8 q=0.05,3; y = mean x keep=1 q=0.03,4; output y", {"MEAN"}},
      {"mean_to_vector_and_linear",
       "x = input i8 1x5x5x8 q=0.05,3; y = mean x keep=0 q=0.03,4; z = linear y out=10 q=0.1,2; "
       "output z",
       {"MEAN", "FULLY_CONNECTED"}},
      {"residual",
       "x = input i8 1x4x4x8 q=0.05,3; a = input i8 1x4x4x8 q=0.02,-9; "
       "y = add x a act=relu q=0.06,-128; output y",
       {"ADD"}},
      {"squeeze_and_excitation",
       "x = input i8 1x4x4x8 q=0.05,3; m = mean x keep=1 q=0.03,4; c = conv m out=8 window=1x1/1x1 "
       "bias=1 q=0.02,1; "
       "g = act c kind=sigmoid q=0.00390625,-128; y = mul x g q=0.04,2; output y",
       {"MEAN", "CONV_2D", "LOGISTIC", "MUL"}},
      {"int8_constants",
       "x = input i8 1x4x3x5 q=0.05,3; k = constant i8 1x1x1x5 w=k q=0.02,-128; y = mul x k "
       "q=0.103,5; "
       "d = constant i8 1x1x1x5 w=d q=0.01,127; z = sub y d q=0.097,-7; output z",
       {"MUL", "SUB"}},
      {"silu",
       "x = input i8 1x4x4x8 q=0.05,3; g = act x kind=sigmoid q=0.00390625,-128; "
       "y = mul x g q=0.03,-100; output y",
       {"LOGISTIC", "MUL"}},
      {"meeting_point",
       "x = input i8 1x4x4x8 q=0.05,3; y = concat x x axis=3; z = slice y axis=3 begin=4 size=9; "
       "s = slice z axis=1 begin=1 size=2; output z s",
       {"CONCATENATION", "SLICE", "SLICE"}},
      {"shuffle",
       "x = input i8 1x3x5x12 q=0.05,3; y = shuffle x groups=3; output y",
       {"RESHAPE", "TRANSPOSE", "RESHAPE"}},
      {"activations",
       "x = input i8 1x4x4x8 q=0.05,3; r = act x kind=relu q=0.04,-128; s = act x kind=relu6 "
       "q=0.024,-128; "
       "h = act x kind=hard_swish q=0.04,-100; output r s h",
       {"RELU", "RELU6", "HARD_SWISH"}},
      {"rescaled",
       "x = input i8 1x4x4x8 q=0.05,3; y = quantize x q=0.02,-3; output y",
       {"QUANTIZE"}},
      {"float_and_back",
       "x = input f32 1x4x4x3; q = quantize x q=0.01,5; "
       "y = conv q out=4 window=3x3/1x1 bias=1 q=0.05,0; z = dequantize y; output z",
       {"QUANTIZE", "CONV_2D", "DEQUANTIZE"}},
      {"float_convolutions",
       "x = input f32 1x8x8x4; a = conv x out=8 window=3x3/2x2 bias=1 act=relu; "
       "b = conv a out=8 window=3x3/1x1 groups=8; c = conv b out=8 window=3x3/1x1 groups=2 "
       "act=relu6; "
       "m = max_pool a window=3x3/2x2; n = max_pool b window=3x3/2x2; d = mean c keep=0; "
       "l = linear d out=5; output l m n",
       {"PAD", "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "PAD", "MAX_POOL_2D", "PADV2",
        "MAX_POOL_2D", "MEAN", "FULLY_CONNECTED"}},
      {"float_activations",
       "x = input f32 1x4x4x8; a = act x kind=silu; b = act x kind=gelu; c = act x kind=sigmoid; "
       "d = act x kind=hard_swish; e = mul x c; output a b d e",
       {"LOGISTIC", "MUL", "GELU", "LOGISTIC", "HARD_SWISH", "MUL"}},
  };
  return graphs;
}

}  // namespace nnstretch::testing
