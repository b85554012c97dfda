#include "engines/litert/litert_engine.h"

#include <fmt/format.h>

#include <fstream>
#include <map>

#include "base/error.h"
#include "engines/litert/litert_part.h"
#include "formats/tflite/writer.h"

namespace nnstretch::engines {
namespace {

// Our devices and what LiteRT calls their kernels.
const std::map<std::string, std::string, std::less<>> kKernels = {
    {"cpu", "xnnpack"}, {"builtin", "builtin"}, {"reference", "reference"}};

constexpr std::string_view kNoGpu =
    "LiteRT's GPU accelerator is not driven by this program yet, only its CPU one";

std::string why_not(const std::string& device) {
  if (device == "gpu") return std::string(kNoGpu);
  return fmt::format("LiteRT has no device '{}'", device);
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != line.npos) return line.substr(colon + 2);
  return "CPU";
}

litert::Environment make_environment() {
  constexpr int64_t kErrorsOnly = 3;
  const LiteRtEnvOption options[] = {
      {kLiteRtEnvOptionTagAutoRegisterAccelerators, {kLiteRtAnyTypeInt, {kLiteRtHwAcceleratorCpu}}},
      {kLiteRtEnvOptionTagMinLoggerSeverity, {kLiteRtAnyTypeInt, {kErrorsOnly}}}};
  return litert::created<litert::Environment>(LiteRtCreateEnvironment, "start", "litert",
                                              static_cast<int>(std::size(options)), options);
}

}  // namespace

LiteRtEngine::LiteRtEngine() = default;
LiteRtEngine::~LiteRtEngine() = default;

std::shared_ptr<litert::Library> LiteRtEngine::library() const {
  std::lock_guard lock(mutex_);
  if (!library_) {
    auto library = std::make_shared<litert::Library>();
    library->environment = make_environment();
    library_ = std::move(library);
  }
  return library_;
}

std::vector<DeviceInfo> LiteRtEngine::devices() const {
  DeviceInfo cpu{.name = "cpu", .full_name = cpu_name(), .why_not = {}};
  try {
    library();
  } catch (const Error& error) {
    cpu.usable = false;
    cpu.why_not = error.what();
  }
  return {cpu,
          {.name = "gpu", .full_name = "GPU", .usable = false, .why_not = std::string(kNoGpu)}};
}

Support LiteRtEngine::supports(const ir::Graph& part, const Processor& processor) const {
  Support support;
  const bool known = kKernels.contains(processor.device);
  for (ir::NodeId id = 0; id < part.size(); ++id) {
    const ir::Node& node = part.node(id);
    const auto reason = known ? tflite::refusal(part, id) : why_not(processor.device);
    if (reason) support.refusals.push_back({node.name, std::string(ir::name_of(node.op)), *reason});
  }
  return support;
}

std::shared_ptr<const CompiledPart> LiteRtEngine::compile(const ir::Model& part,
                                                          const Processor& processor) const {
  const auto kernels = kKernels.find(processor.device);
  if (kernels == kKernels.end())
    throw EngineError({.what = why_not(processor.device),
                       .where = processor.name,
                       .fix = "use one of the devices cpu, builtin, reference"});
  return std::make_shared<litert::LiteRtPart>(
      library(), part, litert::CpuSettings{kernels->second, processor.threads});
}

}  // namespace nnstretch::engines
