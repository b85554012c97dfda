#include "engines/litert/litert_engine.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.h"
#include "base/stdout_guard.h"
#include "engines/libraries.h"
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

// The accelerator joins the padding with the pool and then counts none of it. In int8 they stay
// two.
std::optional<std::string> refused_by_gpu(const ir::Node& node) {
  const auto* pool = std::get_if<ir::AvgPool>(&node.op);
  if (pool && pool->count_padding && pool->window.pads != ir::Pads{} && !node.type.quant)
    return "LiteRT's GPU average counts padding wrongly";
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
    if (!reason) reason = litert::scale_refusal(part, id);
    if (!reason && processor.device == kGpu) reason = refused_by_gpu(node);
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
