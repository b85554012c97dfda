#include "engines/litert/litert_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.h"
#include "base/library_file.h"
#include "base/stdout_guard.h"
#include "engines/litert/limits.h"
#include "engines/litert/litert_part.h"
#include "engines/litert/vulkan.h"
#include "formats/tflite/writer.h"

namespace nnstretch::engines {
namespace {

constexpr std::string_view kGpu = "gpu";
// Our other devices and what LiteRT calls their kernels.
const std::map<std::string, std::string, std::less<>> kKernels = {
    {"cpu", "xnnpack"}, {"builtin", "builtin"}, {"reference", "reference"}};

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != line.npos) return line.substr(colon + 2);
  return "CPU";
}

// What was loaded; the library's accelerators lie beside it.
std::filesystem::path library_file() {
  return file_of(reinterpret_cast<const void*>(&LiteRtCreateEnvironment));
}

std::shared_ptr<litert::Library> make_library(LiteRtHwAccelerators accelerator) {
  constexpr int64_t kErrorsOnly = 3;
  static const std::string folder = library_file().parent_path();
  LiteRtEnvOption where = {kLiteRtEnvOptionTagRuntimeLibraryDir, {kLiteRtAnyTypeString, {}}};
  where.value.str_value = folder.c_str();
  const LiteRtEnvOption options[] = {
      {kLiteRtEnvOptionTagAutoRegisterAccelerators, {kLiteRtAnyTypeInt, {accelerator}}},
      {kLiteRtEnvOptionTagMinLoggerSeverity, {kLiteRtAnyTypeInt, {kErrorsOnly}}},
      where};
  const StdoutGuard guard;  // the GPU's library prints
  auto library = std::make_shared<litert::Library>();
  library->is_gpu = accelerator == kLiteRtHwAcceleratorGpu;
  library->environment = litert::created<litert::Environment>(
      LiteRtCreateEnvironment, "start", "litert", static_cast<int>(std::size(options)), options);
  return library;
}

std::string no_device(const std::string& device) {
  return fmt::format("LiteRT has no device '{}'", device);
}

// What the accelerator takes and computes wrongly, or says so only while it compiles.
std::optional<std::string> refused_by_gpu(const ir::Graph& part, const ir::Node& node) {
  // It joins the padding with the pool and then counts none of it. In int8 they stay two.
  const auto* pool = std::get_if<ir::AvgPool>(&node.op);
  if (pool && pool->count_padding && pool->window.pads != ir::Pads{} && !node.type.quant)
    return "LiteRT's GPU average counts padding wrongly";
  if (std::holds_alternative<ir::Softmax>(node.op) && node.type.shape.size() == 1)
    return "LiteRT's GPU computes no softmax of one dimension";
  if (std::holds_alternative<ir::Slice>(node.op) &&
      part.node(node.inputs[0]).type.shape == node.type.shape)
    return "LiteRT's GPU forgets a value of which all is cut out";
  if (!ir::is_any<ir::Add, ir::Sub, ir::Mul>(node.op)) return {};
  if (node.inputs[0] == node.inputs[1]) return "LiteRT's GPU takes no value together with itself";
  for (const ir::NodeId id : node.inputs)
    if (!part.op_if<ir::Constant>(id) && part.node(id).type.shape.size() != node.type.shape.size())
      return "LiteRT's GPU takes no values of other numbers of dimensions";
  return {};
}

// XNNPACK takes sums and products of int8 whose scales are less than 256 x apart. The rest falls to
// TFLite's own kernels, which add the zero point in 16 bits: what is large comes out small.
std::optional<std::string> refused_by_kernels(const ir::Graph& part, const ir::Node& node,
                                              bool xnnpack) {
  constexpr double kMostSteps = 255, kMostOf16Bits = 32767 - 255, kFarApart = 256;
  if (node.type.dtype != DType::i8 || !ir::is_any<ir::Add, ir::Sub, ir::Mul>(node.op)) return {};
  const double a = part.node(node.inputs[0]).type.quant->scale / node.type.quant->scale;
  const double b = part.node(node.inputs[1]).type.quant->scale;
  const bool is_product = std::holds_alternative<ir::Mul>(node.op);
  const double steps = is_product ? a * b : std::max<double>(a, b / node.type.quant->scale);
  const double largest = is_product ? steps * kMostSteps * kMostSteps : 2 * steps * kMostSteps;
  if (largest < kMostOf16Bits || (xnnpack && steps < kFarApart)) return {};
  return "its result may be too large for the 16 bits of TFLite's kernels: give it a coarser scale";
}

// XNNPACK joins a pool that changes nothing with the next one, and the result is another.
std::optional<std::string> refused_by_xnnpack(const ir::Graph& part, ir::NodeId id) {
  const auto* pool = part.op_if<ir::AvgPool>(id);
  const auto& readers = part.readers(id);
  if (pool && pool->window == ir::Window{} &&
      std::any_of(readers.begin(), readers.end(),
                  [&](ir::NodeId reader) { return part.op_if<ir::MaxPool>(reader); }))
    return "an average of one element before a pool is computed wrongly";
  return {};
}

DeviceInfo describe_gpu() {
  DeviceInfo gpu{.name = std::string(kGpu), .full_name = "GPU", .why_not = {}};
  if (const auto device = litert::vulkan_device()) {
    gpu.full_name = device->name;
    gpu.emulated = device->emulated;
  } else {
    gpu.usable = false;
    gpu.why_not = "no Vulkan driver is installed, or it finds no GPU (docs/engines.md)";
  }
  return gpu;
}

}  // namespace

LiteRtEngine::LiteRtEngine() = default;
LiteRtEngine::~LiteRtEngine() = default;

std::string LiteRtEngine::version() const {
  static const std::string version = version_beside(library_file());
  return version;
}

std::shared_ptr<litert::Library> LiteRtEngine::library(std::string_view device) const {
  std::lock_guard lock(mutex_);
  auto& library = device == kGpu ? gpu_ : cpu_;
  if (!library)
    library = make_library(device == kGpu ? kLiteRtHwAcceleratorGpu : kLiteRtHwAcceleratorCpu);
  return library;
}

std::vector<DeviceInfo> LiteRtEngine::devices() const {
  DeviceInfo cpu{.name = "cpu", .full_name = cpu_name(), .why_not = {}};
  try {
    library(cpu.name);
  } catch (const Error& error) {
    cpu.usable = false;
    cpu.why_not = error.what();
  }
  return {cpu, describe_gpu()};
}

Support LiteRtEngine::supports(const ir::Graph& part, const Processor& processor) const {
  Support support;
  const bool known = processor.device == kGpu || kKernels.contains(processor.device);
  for (ir::NodeId id = 0; id < part.size(); ++id) {
    const ir::Node& node = part.node(id);
    auto reason = known ? tflite::refusal(part, id) : no_device(processor.device);
    if (!reason && processor.precision == Precision::bf16 && !ir::is_source(node.op))
      reason = "LiteRT computes in int8 and float32 only";
    if (!reason) reason = litert::scale_refusal(part, id);
    if (!reason && processor.device == kGpu) reason = refused_by_gpu(part, node);
    const bool xnnpack = processor.device == "cpu";
    if (!reason && processor.device != kGpu) reason = refused_by_kernels(part, node, xnnpack);
    if (!reason && xnnpack) reason = refused_by_xnnpack(part, id);
    if (reason) support.refusals.push_back({node.name, std::string(ir::name_of(node.op)), *reason});
  }
  return support;
}

std::shared_ptr<const CompiledPart> LiteRtEngine::compile(const ir::Model& part,
                                                          const Processor& processor) const {
  litert::Settings settings{.kernels = {},
                            .threads = processor.threads,
                            .cores = processor.cores,
                            .counts_ops = processor.counts_ops};
  if (const auto kernels = kKernels.find(processor.device); kernels != kKernels.end())
    settings.kernels = kernels->second;
  else if (processor.device == kGpu)
    settings.accelerator = kLiteRtHwAcceleratorGpu;
  else
    throw EngineError({.what = no_device(processor.device),
                       .where = processor.name,
                       .fix = "use one of the devices cpu, gpu, builtin, reference"});
  if (settings.on_gpu())
    if (const DeviceInfo gpu = describe_gpu(); !gpu.usable)
      throw EngineError({.what = gpu.why_not, .where = processor.name});
  if (const Support support = supports(part.graph, processor); !support.complete()) {
    const auto& [node, op, reason] = support.refusals.front();
    throw EngineError({.what = fmt::format("LiteRT cannot run {} '{}': {}", op, node, reason),
                       .where = part.name});
  }
  litert::check_weight_scales(part);
  return std::make_shared<litert::LiteRtPart>(library(processor.device), part, settings);
}

}  // namespace nnstretch::engines
