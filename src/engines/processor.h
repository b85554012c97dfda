// A processor: an engine, the engine's device, the cores and threads it may use, and a precision.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::engines {

enum class Precision { int8, f32, bf16 };
inline constexpr std::array kPrecisions = {Precision::int8, Precision::f32, Precision::bf16};

constexpr std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return "f32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      break;
  }
  return "int8";
}

constexpr std::optional<Precision> precision_of(std::string_view word) {
  for (const Precision known : kPrecisions)
    if (name_of(known) == word) return known;
  return {};
}

struct Processor {
  std::string name;             // unique in the machine: "core0"
  std::string role;             // what it stands for: "cpu", "gpu", "dsp"
  std::string engine = "auto";  // "auto", "openvino", "litert", "qnn", "reference"
  std::string device =
      "cpu";  // the engine's own word: "cpu", "gpu", "npu", "htp"; litert also "builtin",
              // "reference" (its kernels without XNNPACK, without optimisation)
  std::vector<int> cores = {};  // its worker is bound to these; empty: not bound
  int threads = 1;
  Precision precision = Precision::int8;
  bool counts_ops = false;  // its parts tell the time of each operator, and are slower for it
  bool stand_in = false;    // software that plays hardware: a CPU core, or an emulated device
  bool operator==(const Processor&) const = default;
};

}  // namespace nnstretch::engines
