// One-operator graphs with random shapes, windows and scales, as text: the rows of ops_test.cpp.
#pragma once
#include <string>
#include <vector>

#include "support/samples.h"

namespace nnstretch::testing {

struct OpSample {
  const char* name;
  std::string (*text)(Random&);  // statements, with outputs
};

// " q=0.05,-3"
inline std::string quant(float scale, int zero_point) {
  return fmt::format(" q={},{}", scale, zero_point);
}
inline std::string random_quant(Random& r, float median = 0.05f) {
  return quant(r.scale(median / 4, median * 4), r.integer(-128, 127));
}

struct Pixels {
  int n, h, w, c;
  std::string input(std::string_view name, std::string_view type) const {
    return fmt::format("{} = input {} {}x{}x{}x{}", name, type, n, h, w, c);
  }
};
inline Pixels random_pixels(Random& r) {
  return {r.one_of({1, 1, 2}), r.integer(1, 12), r.integer(1, 12), r.one_of({1, 3, 8, 16, 24, 40})};
}

enum class Kind { dense, grouped, depthwise };

// A convolution; in int8 its output scale is about what the sums need.
inline std::string convolution(Random& r, Kind kind, bool int8) {
  Pixels in = random_pixels(r);
  const int groups = kind == Kind::dense ? 1 : kind == Kind::grouped ? r.integer(2, 4) : in.c;
  if (kind == Kind::grouped) in.c = groups * r.one_of({2, 8, 12});
  const int out = kind == Kind::depthwise ? in.c : groups * r.integer(1, 24);
  const int k = r.one_of({1, 3, 5, 7}), stride = r.integer(1, 2);
  in.h += k, in.w += k;
  const auto pad = [&] { return r.one_of({0, (k - 1) / 2, (k - 1) / 2, k - 1}); };
  const std::string window = r.integer(0, 2) ? fmt::format("{}x{}/{}x{}", k, k, stride, stride)
                                             : fmt::format("{}x{}/{}x{}+{},{},{},{}", k, k, stride,
                                                           stride, pad(), pad(), pad(), pad());
  const char* act = r.one_of({"none", "relu", "relu6"});
  const std::string conv = fmt::format("\ny = conv x out={} window={} groups={} bias={} act={}",
                                       out, window, groups, r.integer(0, 1), act);
  if (!int8) return in.input("x", "f32") + conv + "\noutput y";
  const float in_scale = r.scale(0.01f, 0.1f);
  const float sums = in_scale * kWeightScale * 74 * 74 * std::sqrt(float(k * k * in.c / groups));
  return in.input("x", "i8") + quant(in_scale, r.integer(-128, 127)) + conv +
         random_quant(r, sums / 40) + "\noutput y";
}

inline std::string linear(Random& r, bool int8) {
  const int depth = r.one_of({1, 7, 64, 300});
  const std::string input =
      fmt::format("x = input {} {}x{}", int8 ? "i8" : "f32", r.integer(1, 3), depth);
  const std::string op = fmt::format("\ny = linear x out={} act={}", r.integer(2, 70),
                                     r.one_of({"none", "relu", "relu6"}));
  if (!int8) return input + op + "\noutput y";
  const float in_scale = r.scale(0.01f, 0.1f);
  const float sums = in_scale * kWeightScale * 74 * 74 * std::sqrt(float(depth));
  return input + quant(in_scale, r.integer(-128, 127)) + op + random_quant(r, sums / 40) +
         "\noutput y";
}

// "add" or "mul" of two tensors, the second a gate if so told.
inline std::string binary(Random& r, std::string_view op, bool int8, bool gate = false) {
  const Pixels in = random_pixels(r);
  const Pixels second = gate ? Pixels{in.n, 1, 1, in.c} : in;
  const char* type = int8 ? "i8" : "f32";
  const auto q = [&](float median) { return int8 ? random_quant(r, median) : std::string(); };
  return in.input("a", type) + q(0.05f) + "\n" + second.input("b", type) + q(0.05f) +
         fmt::format("\ny = {} a b act={}", op, r.one_of({"none", "relu", "relu6"})) +
         q(op == "add" ? 0.08f : 0.15f) + "\noutput y";
}

// With a constant operand of a smaller shape on either side.
inline std::string with_constant(Random& r, std::string_view op, bool int8) {
  const Pixels in = random_pixels(r);
  const std::string shape = r.one_of(
      {std::string("-"), std::string("1"), fmt::format("{}", in.c), fmt::format("1x1x1x{}", in.c),
       fmt::format("{}x{}", in.w, in.c), fmt::format("1x{}x1x1", in.h)});
  const char* type = int8 ? "i8" : "f32";
  const auto q = [&](float median) { return int8 ? random_quant(r, median) : std::string(); };
  return in.input("x", type) + q(0.05f) + fmt::format("\nk = constant {} {}", type, shape) +
         q(0.05f) +
         fmt::format("\ny = {} {} act={}", op, r.one_of({"x k", "k x"}),
                     r.one_of({"none", "relu", "relu6"})) +
         q(op == "mul" ? 0.15f : 0.08f) + "\noutput y";
}

// TFLite counts padding only if it is a PAD of its own, and pads otherwise as SAME says.
inline std::string avg_pool(Random& r, bool int8, bool counted = false) {
  Pixels in = random_pixels(r);
  const int k = r.one_of({2, 3, 5}), stride = r.integer(1, 2);
  in.h += k, in.w += k;
  const auto pad = [&] { return counted ? r.integer(1, k - 1) : 0; };
  return in.input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = avg_pool x window={}x{}/{}x{}+{},{},{},{} count_padding={}\noutput y",
                     k, k, stride, stride, pad(), pad(), pad(), pad(), int{counted});
}

inline std::string pad(Random& r, bool int8) {
  return random_pixels(r).input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = pad x pads={},{},{},{}\noutput y", r.integer(0, 3), r.integer(0, 3),
                     r.integer(0, 3), r.integer(1, 3));
}

inline std::string reshape(Random& r, bool int8) {
  const Pixels in = random_pixels(r);
  const std::string shape = r.one_of({fmt::format("{}x{}", in.n, in.h * in.w * in.c),
                                      fmt::format("{}x{}x1x{}", in.n, in.h * in.w, in.c),
                                      fmt::format("{}x{}x{}", in.n * in.h, in.c, in.w)});
  return in.input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = reshape x shape={}\noutput y", shape);
}

inline std::string transpose(Random& r, bool int8) {
  return random_pixels(r).input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = transpose x order={}\noutput y",
                     r.one_of({"0x3x1x2", "0x2x1x3", "3x2x1x0", "0x1x3x2"}));
}

inline std::string softmax(Random& r, bool int8) {
  return fmt::format("x = input {} {}x{}", int8 ? "i8" : "f32", r.integer(1, 3),
                     r.integer(2, 100)) +
         (int8 ? random_quant(r) : "") + "\ny = softmax x" + (int8 ? quant(1.0f / 256, -128) : "") +
         "\noutput y";
}

inline std::string max_pool(Random& r, bool int8) {
  Pixels in = random_pixels(r);
  const int k = r.one_of({2, 3, 5}), stride = r.integer(1, 2);
  in.h += k, in.w += k;
  return in.input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = max_pool x window={}x{}/{}x{}\noutput y", k, k, stride, stride);
}

inline std::string mean(Random& r, bool int8) {
  const Pixels in = random_pixels(r);
  return in.input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = mean x keep={}", r.integer(0, 1)) +
         (int8 ? random_quant(r, 0.01f) : "") + "\noutput y";
}

inline std::string concat(Random& r, bool int8) {
  const Pixels first = random_pixels(r);
  const std::string q = int8 ? random_quant(r) : "", type = int8 ? "i8" : "f32";
  const int axis = r.one_of({1, 2, 3, 3, 3});
  std::string text, names;
  for (int i = 0; i < r.integer(2, 3); ++i) {
    Pixels in = first;
    (axis == 1 ? in.h : axis == 2 ? in.w : in.c) += r.integer(0, 9);
    text += in.input(fmt::format("x{}", i), type) + q + "\n";
    names += fmt::format(" x{}", i);
  }
  return text + fmt::format("y = concat{} axis={}\noutput y", names, axis);
}

inline std::string slice(Random& r, bool int8) {
  const Pixels in = random_pixels(r);
  const int axis = r.integer(1, 3), size = axis == 1 ? in.h : axis == 2 ? in.w : in.c;
  const int begin = r.integer(0, size - 1);
  return in.input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = slice x axis={} begin={} size={}\noutput y", axis, begin,
                     r.integer(1, size - begin));
}

inline std::string shuffle(Random& r, bool int8) {
  Pixels in = random_pixels(r);
  const int groups = r.integer(2, 4);
  in.c = groups * r.integer(1, 12);
  return in.input("x", int8 ? "i8" : "f32") + (int8 ? random_quant(r) : "") +
         fmt::format("\ny = shuffle x groups={}\noutput y", groups);
}

inline std::string activation(Random& r, std::string_view kind, bool int8) {
  std::string out;
  const float scale = r.scale(0.01f, 0.2f);
  if (int8) out = kind == "sigmoid" ? quant(1.0f / 256, -128) : random_quant(r, scale);
  return random_pixels(r).input("x", int8 ? "i8" : "f32") +
         (int8 ? quant(scale, r.integer(-128, 127)) : "") +
         fmt::format("\ny = act x kind={}", kind) + out + "\noutput y";
}

inline std::string batch_norm(Random& r) {
  return random_pixels(r).input("x", "f32") + "\ny = batch_norm x\noutput y";
}

inline std::string quantize(Random& r, bool from_int8) {
  return random_pixels(r).input("x", from_int8 ? "i8" : "f32") +
         (from_int8 ? random_quant(r) : "") + "\ny = quantize x" + random_quant(r) + "\noutput y";
}

inline std::string from_uint8(Random& r) {
  return random_pixels(r).input("x", "u8") + quant(r.scale(0.01f, 0.1f), r.integer(0, 255)) +
         "\ny = quantize x" + random_quant(r) + "\noutput y";
}
inline std::string to_uint8(Random& r) {
  return random_pixels(r).input("x", "i8") + random_quant(r) + "\ny = quantize x to=u8" +
         quant(r.scale(0.01f, 0.1f), r.integer(0, 255)) + "\noutput y";
}

inline std::string dequantize(Random& r) {
  return random_pixels(r).input("x", "i8") + random_quant(r) + "\ny = dequantize x\noutput y";
}

inline const std::vector<OpSample>& int8_samples() {
  static const std::vector<OpSample> samples = {
      {"conv", [](Random& r) { return convolution(r, Kind::dense, true); }},
      {"conv_grouped", [](Random& r) { return convolution(r, Kind::grouped, true); }},
      {"conv_depthwise", [](Random& r) { return convolution(r, Kind::depthwise, true); }},
      {"linear", [](Random& r) { return linear(r, true); }},
      {"add", [](Random& r) { return binary(r, "add", true); }},
      {"mul", [](Random& r) { return binary(r, "mul", true); }},
      {"sub", [](Random& r) { return binary(r, "sub", true); }},
      {"add_constant", [](Random& r) { return with_constant(r, "add", true); }},
      {"sub_constant", [](Random& r) { return with_constant(r, "sub", true); }},
      {"mul_constant", [](Random& r) { return with_constant(r, "mul", true); }},
      {"avg_pool", [](Random& r) { return avg_pool(r, true); }},
      {"avg_pool_padded", [](Random& r) { return avg_pool(r, true, true); }},
      {"pad", [](Random& r) { return pad(r, true); }},
      {"reshape", [](Random& r) { return reshape(r, true); }},
      {"transpose", [](Random& r) { return transpose(r, true); }},
      {"softmax", [](Random& r) { return softmax(r, true); }},
      {"from_uint8", [](Random& r) { return from_uint8(r); }},
      {"to_uint8", [](Random& r) { return to_uint8(r); }},
      {"gate", [](Random& r) { return binary(r, "mul", true, true); }},
      {"max_pool", [](Random& r) { return max_pool(r, true); }},
      {"mean", [](Random& r) { return mean(r, true); }},
      {"concat", [](Random& r) { return concat(r, true); }},
      {"slice", [](Random& r) { return slice(r, true); }},
      {"shuffle", [](Random& r) { return shuffle(r, true); }},
      {"relu", [](Random& r) { return activation(r, "relu", true); }},
      {"relu6", [](Random& r) { return activation(r, "relu6", true); }},
      {"sigmoid", [](Random& r) { return activation(r, "sigmoid", true); }},
      {"gelu", [](Random& r) { return activation(r, "gelu", true); }},
      {"hard_swish", [](Random& r) { return activation(r, "hard_swish", true); }},
      {"requantize", [](Random& r) { return quantize(r, true); }},
      {"quantize", [](Random& r) { return quantize(r, false); }},
  };
  return samples;
}

inline const std::vector<OpSample>& f32_samples() {
  static const std::vector<OpSample> samples = {
      {"conv", [](Random& r) { return convolution(r, Kind::dense, false); }},
      {"conv_grouped", [](Random& r) { return convolution(r, Kind::grouped, false); }},
      {"conv_depthwise", [](Random& r) { return convolution(r, Kind::depthwise, false); }},
      {"linear", [](Random& r) { return linear(r, false); }},
      {"add", [](Random& r) { return binary(r, "add", false); }},
      {"mul", [](Random& r) { return binary(r, "mul", false); }},
      {"sub", [](Random& r) { return binary(r, "sub", false); }},
      {"add_constant", [](Random& r) { return with_constant(r, "add", false); }},
      {"sub_constant", [](Random& r) { return with_constant(r, "sub", false); }},
      {"mul_constant", [](Random& r) { return with_constant(r, "mul", false); }},
      {"avg_pool", [](Random& r) { return avg_pool(r, false); }},
      {"avg_pool_padded", [](Random& r) { return avg_pool(r, false, true); }},
      {"pad", [](Random& r) { return pad(r, false); }},
      {"reshape", [](Random& r) { return reshape(r, false); }},
      {"transpose", [](Random& r) { return transpose(r, false); }},
      {"softmax", [](Random& r) { return softmax(r, false); }},
      {"hard_sigmoid", [](Random& r) { return activation(r, "hard_sigmoid", false); }},
      {"gate", [](Random& r) { return binary(r, "mul", false, true); }},
      {"max_pool", [](Random& r) { return max_pool(r, false); }},
      {"mean", [](Random& r) { return mean(r, false); }},
      {"concat", [](Random& r) { return concat(r, false); }},
      {"slice", [](Random& r) { return slice(r, false); }},
      {"shuffle", [](Random& r) { return shuffle(r, false); }},
      {"relu", [](Random& r) { return activation(r, "relu", false); }},
      {"relu6", [](Random& r) { return activation(r, "relu6", false); }},
      {"silu", [](Random& r) { return activation(r, "silu", false); }},
      {"gelu", [](Random& r) { return activation(r, "gelu", false); }},
      {"sigmoid", [](Random& r) { return activation(r, "sigmoid", false); }},
      {"hard_swish", [](Random& r) { return activation(r, "hard_swish", false); }},
      {"batch_norm", [](Random& r) { return batch_norm(r); }},
      {"dequantize", [](Random& r) { return dequantize(r); }},
  };
  return samples;
}

}  // namespace nnstretch::testing
