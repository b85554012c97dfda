#include "engines/qnn/qnn_engine.h"

#include <fmt/format.h>

#include "base/error.h"
#include "engines/qnn/qnn_part.h"
#include "formats/onnx/writer.h"

namespace nnstretch::engines {
namespace {

constexpr std::string_view kDevice = "htp";
#if defined(__x86_64__)
constexpr bool kEmulated = true;
constexpr std::string_view kFullName = "Qualcomm HTP, emulated on this CPU";
#else
constexpr bool kEmulated = false;
constexpr std::string_view kFullName = "Qualcomm HTP";
#endif

using Reason = std::optional<std::string>;

// What version 2.7.0 does not take, or takes and gets wrong.
struct Refusal {
  const ir::Graph& part;
  const ir::Node& node;

  Reason of(ir::Act act, bool fused) const {
    using ir::Act;
    const ir::Quant& to = *node.type.quant;
    if (act == Act::relu6 && to.zero_point == -128 && 6 / to.scale < 254)
      return "QNN forgets the upper end of a Clip that begins at the lowest value";
    if (act == Act::none || act == Act::relu || act == Act::relu6) return {};
    if (!fused && (act == Act::sigmoid || act == Act::hard_swish)) return {};
    return fmt::format("the int8 {} is not one operator of the HTP", name_of(act));
  }
  Reason operator()(const ir::Activation& op) const { return of(op.kind, false); }
  Reason operator()(const ir::Linear& op) const {
    if (part.node(node.inputs[0]).type.shape.back() == 1)
      return "QNN does not come to an end with a linear layer of one input";
    return of(op.act, true);
  }
  Reason operator()(const ir::Pad&) const {
    if (node.type.quant->zero_point >= 0) return {};
    return "QNN pads with 127 where the zero point is negative";
  }
  Reason operator()(const ir::AvgPool& op) const {
    if (!op.count_padding || op.window.pads == ir::Pads{}) return {};
    return "QNN averages wrongly where padding counts";
  }
  Reason operator()(const ir::Slice&) const {
    if (part.node(node.inputs[0]).type.shape != node.type.shape) return {};
    return "ONNX Runtime leaves out a slice of all, and a change of scale before it";
  }
  Reason operator()(const ir::Transpose&) const {
    return "ONNX Runtime joins it with those at the ends and may leave a copy for the CPU";
  }
  Reason operator()(const auto& op) const {
    if constexpr (requires { op.act; }) return of(op.act, true);
    return {};
  }
};

Reason refusal(const ir::Graph& part, ir::NodeId id) {
  const ir::Node& node = part.node(id);
  if (node.type.dtype != DType::i8)
    return fmt::format("the HTP computes in int8, this is {}", name_of(node.type.dtype));
  if (const Reason reason = onnx::refusal(part, id)) return reason;
  return std::visit(Refusal{part, node}, node.op);
}

}  // namespace

QnnEngine::QnnEngine(std::filesystem::path folder) : folder_(std::move(folder)) {}
QnnEngine::~QnnEngine() = default;

std::string QnnEngine::version() const {
  const std::lock_guard lock(mutex_);
  if (!version_) version_ = qnn::Library::installed_version(folder_);
  return *version_;
}

std::shared_ptr<const qnn::Library> QnnEngine::library() const {
  const std::lock_guard lock(mutex_);
  if (!library_) library_ = qnn::Library::shared(folder_);
  return library_;
}

std::vector<DeviceInfo> QnnEngine::devices() const {
  DeviceInfo htp{.name = std::string(kDevice),
                 .full_name = std::string(kFullName),
                 .emulated = kEmulated,
                 .why_not = {}};
  try {
    library();
  } catch (const std::exception& error) {
    htp.usable = false;
    htp.why_not = error.what();
  }
  return {htp};
}

Support QnnEngine::supports(const ir::Graph& part, const Processor& processor) const {
  Support support;
  const bool known = processor.device == kDevice;
  for (ir::NodeId id = 0; id < part.size(); ++id) {
    const auto reason =
        known ? refusal(part, id) : fmt::format("QNN has no device '{}'", processor.device);
    const ir::Node& node = part.node(id);
    if (reason) support.refusals.push_back({node.name, std::string(ir::name_of(node.op)), *reason});
  }
  return support;
}

std::shared_ptr<const CompiledPart> QnnEngine::compile(const ir::Model& part,
                                                       const Processor& processor) const {
  if (const Support support = supports(part.graph, processor); !support.complete()) {
    const auto& [node, op, reason] = support.refusals.front();
    throw EngineError(
        {.what = fmt::format("QNN cannot run {} '{}': {}", op, node, reason), .where = part.name});
  }
  std::vector<std::string> notes;
  if (kEmulated) notes.emplace_back("the HTP is emulated: its times say nothing of a real one");
  return std::make_shared<qnn::QnnPart>(library(), part, std::move(notes));
}

}  // namespace nnstretch::engines
