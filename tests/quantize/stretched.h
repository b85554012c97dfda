// A small network of this project's kind, images for it and where it runs: for tests of
// quantisation.
#pragma once
#include <random>

#include "engines/reference/reference_engine.h"
#include "ir/text.h"
#include "quantize/calibrate.h"
#include "weights/weights.h"

namespace nnstretch::testing {

// Two branches of different widths that meet, as networks of this project have them.
inline constexpr const char* kStretched = R"(
  x = input f32 1x8x8x3 @0.0.cpu
  st_cpu_conv = conv x out=8 window=3x3/2x2 w=stem.conv.weight @0.0.cpu
  st_cpu_bn = batch_norm st_cpu_conv w=stem.bn.weight,stem.bn.bias,stem.bn.running_mean,stem.bn.running_var @0.0.cpu
  st_cpu_act = act st_cpu_bn kind=relu @0.0.cpu
  s1_cpu_b1_conv = conv st_cpu_act out=8 window=3x3 w=a.weight @1.0.cpu
  s1_cpu_b1_act = act s1_cpu_b1_conv kind=relu @1.0.cpu
  s1_dsp_b1_conv = conv st_cpu_act out=16 window=1x1 w=b.weight @1.1.dsp
  s1_dsp_b1_act = act s1_dsp_b1_conv kind=silu @1.1.dsp
  s1_cpu_concat = concat s1_cpu_b1_act s1_dsp_b1_act axis=3 @1.-1.cpu
  head_cpu_gap = mean s1_cpu_concat keep=0 @2.0.cpu
  head_cpu_dense = linear head_cpu_gap out=10 w=fc.weight,fc.bias @2.0.cpu
  output head_cpu_dense)";

inline ir::Model stretched() {
  ir::Model model{ir::parse(kStretched), {}, "stretched", {}};
  model.weights = weights::initialise(model.graph);
  return model;
}

inline std::vector<std::vector<float>> images(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> all(count, std::vector<float>(8 * 8 * 3));
  for (auto& image : all)
    for (float& x : image) x = normal(random);
  return all;
}

// The reference kernels, rounding every int8 value or none.
inline quantize::Runtime reference(engines::Precision precision) {
  static const engines::ReferenceEngine engine;
  return {engine,
          {.name = "reference", .role = "cpu", .engine = "reference", .precision = precision}};
}
inline quantize::Runtime in_float() { return reference(engines::Precision::f32); }
inline quantize::Runtime in_int8() { return reference(engines::Precision::int8); }

}  // namespace nnstretch::testing
