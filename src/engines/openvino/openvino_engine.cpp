#include "engines/openvino/openvino_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <openvino/core/version.hpp>
#include <openvino/runtime/properties.hpp>

#include "base/cpu.h"
#include "base/error.h"
#include "base/threads.h"
#include "engines/openvino/compiled_part.h"
#include "engines/openvino/core.h"
#include "engines/openvino/devices.h"
#include "engines/openvino/kernels.h"
#include "engines/openvino/lowering.h"
#include "ir/passes/to_float.h"

namespace nnstretch::engines {
namespace {

using namespace openvino;

// Why OpenVINO does not take a node; empty if it does.
std::string refusal(const ir::Node& node) {
  const DType type = node.type.dtype;
  if (type != DType::i8 && type != DType::u8 && type != DType::f32)
    return fmt::format("values of type {} are not passed to OpenVINO", name_of(type));
  if (type == DType::i8 && std::holds_alternative<ir::BatchNorm>(node.op))
    return "a batch norm is folded before quantisation";
  return {};
}

// Convolutions and dense layers of int8 on a CPU that adds up products in 16 bits.
std::string caution(const ir::Graph& part, const Processor& processor) {
  const auto multiplies = [](const ir::Node& node) {
    return node.type.dtype == DType::i8 && (std::holds_alternative<ir::Conv2d>(node.op) ||
                                            std::holds_alternative<ir::Linear>(node.op));
  };
  if (has_vnni() || processor.device != "cpu" || processor.precision != Precision::int8 ||
      std::none_of(part.nodes().begin(), part.nodes().end(), multiplies))
    return {};
  return "without VNNI this CPU adds up products of int8 in 16 bits, and large ones saturate";
}

ov::AnyMap options(const Processor& processor) {
  ov::AnyMap map;
  const auto set = [&](const auto& property) { map.insert(property); };
  set(ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY));
  // Left alone, the library takes bf16 wherever the CPU has it.
  set(ov::hint::inference_precision(processor.precision == Precision::bf16 ? ov::element::bf16
                                                                           : ov::element::f32));
  set(ov::enable_profiling(processor.counts_ops));
  if (processor.device != "cpu") return map;
  set(ov::num_streams(1));
  set(ov::inference_num_threads(processor.threads));
  // Whoever calls infer() is bound already, and it runs there.
  set(ov::hint::enable_cpu_pinning(false));
  return map;
}

Ports ports_of(const ir::Model& part, Wiring wiring) {
  const auto types = [&](const std::vector<ir::NodeId>& values) {
    std::vector<ir::TensorType> list;
    for (const ir::NodeId id : values) list.push_back(part.graph.node(id).type);
    return list;
  };
  return {part.name, types(part.graph.inputs()), types(part.graph.outputs()), std::move(wiring)};
}

}  // namespace

OpenVinoEngine::OpenVinoEngine() : cores_(allowed_cores()), process_(::getpid()) {}

std::string OpenVinoEngine::version() const {
  const std::string build = ov::get_openvino_version().buildNumber;  // "2026.4.1-21234-abcdef"
  return build.substr(0, build.find('-'));
}

std::vector<DeviceInfo> OpenVinoEngine::devices() const {
  try {
    return describe_devices(core().get_available_devices(), [](const std::string& device) {
      return core().get_property(device, ov::device::full_name);
    });
  } catch (const std::exception& error) {
    DeviceInfo cpu;
    cpu.name = "cpu";
    cpu.usable = false;
    cpu.why_not = "OpenVINO does not start: " + first_useful_line(error.what());
    return {cpu};
  }
}

// The threads that OpenVINO compiles and computes with are not in a forked process, where it waits
// for them, one thread or more.
std::string OpenVinoEngine::why_nothing(const Processor& processor) const {
  if (!is_device(processor.device))
    return fmt::format("OpenVINO has no device '{}'", processor.device);
  if (::getpid() != process_ && has_threads_)
    return "OpenVINO's threads are in the process that this one was forked from";
  return {};
}

Support OpenVinoEngine::supports(const ir::Graph& part, const Processor& processor) const {
  Support support;
  const std::string of_all = why_nothing(processor);
  for (const ir::Node& node : part.nodes()) {
    const std::string reason = of_all.empty() ? refusal(node) : of_all;
    if (!reason.empty())
      support.refusals.push_back({node.name, std::string(ir::name_of(node.op)), reason});
  }
  support.caution = caution(part, processor);
  return support;
}

std::shared_ptr<const CompiledPart> OpenVinoEngine::compile(const ir::Model& part,
                                                            const Processor& processor) const {
  const Support support = supports(part.graph, processor);
  if (!support.complete()) {
    const auto& [node, op, reason] = support.refusals.front();
    throw EngineError({.what = fmt::format("OpenVINO cannot run {} '{}': {}", op, node, reason),
                       .where = part.name});
  }
  check_weights(part.graph, part.weights);
  if (::getpid() == process_) has_threads_ = true;
  std::shared_ptr<const CompiledPart> compiled;
  translate("OpenVINO cannot compile the part", part.name, [&] {
    const bool int8 = processor.precision == Precision::int8;
    auto lowered = lower(int8 ? part : ir::to_float(part));
    on_free_thread(cores_, [&] {
      std::optional<ov::CompiledModel> model;
      std::vector<std::string> notes;
      if (lowered.model) {
        const auto compile = [&] {
          model = core().compile_model(lowered.model, device_name(processor.device),
                                       options(processor));
        };
        compile();
        if (int8 && has_vnni())  // without, all of them saturate, which is told
          if (const auto layers = saturating_layers(*model, part.graph); !layers.empty()) {
            lowered = lower(part, layers);
            compile();
          }
        if (int8) notes = kernel_notes(*model, part.graph);
      }
      if (!support.caution.empty()) notes.push_back(support.caution);
      compiled = std::make_shared<OpenVinoPart>(
          std::move(model), ports_of(part, std::move(lowered.wiring)), cores_, std::move(notes));
    });
  });
  return compiled;
}

}  // namespace nnstretch::engines
