// Graphs that between them have every way in which a node becomes operators of an .onnx file.
#pragma once
#include "formats/sample_model.h"

namespace nnstretch::testing {

struct OnnxSample {
  std::string name, text;
};
inline void PrintTo(const OnnxSample& sample, std::ostream* out) { *out << sample.name; }

// The graphs that .tflite files are tested with, and those whose spelling is special to this
// format.
inline std::vector<OnnxSample> onnx_samples() {
  std::vector<OnnxSample> all;
  for (const auto& [name, text, operators] : testing::sample_graphs()) all.push_back({name, text});
  const std::vector<OnnxSample> more = {
      {"norms",
       "x = input f32 1x6x5x4; y = batch_norm x eps=0.001; z = add y x act=relu6; output z"},
      {"fused_activations",
       "x = input f32 1x6x5x4; a = conv x out=3 window=3x3/2x2 act=silu; b = conv x out=3 "
       "window=3x3/2x2 bias=1 act=hard_swish; c = mul a b act=gelu; d = add c a act=sigmoid; "
       "e = act d kind=hard_sigmoid; output e"},
      {"activations_apart",
       "x = input f32 1x6x5x4; a = conv x out=4 window=1x1/1x1; r = act a kind=relu; "
       "s = act r kind=sigmoid; m = mul r s; output m"},
      {"average_pools",
       "x = input f32 1x6x6x4; a = avg_pool x window=3x3/2x2 count_padding=1; b = avg_pool x "
       "window=2x2/2x2+0,0,0,0; output a b"},
      {"int8_matrix",
       "x = input i8 1x12 q=0.05,3; s = shuffle x groups=3; y = linear s out=5 act=relu "
       "q=0.1,-128; z = softmax y q=0.00390625,-128; output z"},
      {"pads_reshapes_transposes",
       "x = input f32 1x4x6x3; p = pad x pads=1,0,2,3; t = transpose p order=0x2x1x3; "
       "r = reshape t shape=9x21; s = softmax r; output s"},
      {"uint8_ends",
       "x = input u8 1x4x4x3 q=0.01,128; q = quantize x q=0.01,0; y = conv q out=4 window=3x3/1x1 "
       "bias=1 q=0.05,0; z = quantize y to=u8 q=0.05,128; output z"},
      {"constants",
       "x = input f32 1x4x3x5; c = constant f32 1x1x1x5 w=c; y = mul x c act=relu; z = sub y x; "
       "m = mean z keep=0; d = constant f32 5 w=d; s = add m d; output z s"},
      {"a_value_in_int8_and_in_float",
       "x = input i8 1x4x4x3 q=0.05,3; y = max_pool x window=3x3/1x1; "
       "f = dequantize y; g = add y x q=0.2,0; output f g"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace nnstretch::testing
