#include "engines/openvino/compiled_part.h"

#include <fmt/format.h>

#include <openvino/runtime/infer_request.hpp>

#include "base/aligned.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strips.h"
#include "engines/openvino/core.h"

namespace nnstretch::engines::openvino {
namespace {

// One pass over memory that run() makes before the model runs.
struct Joint {
  std::vector<Strip> strips;
  size_t rows;
  bool shifted;
  std::byte* out;
};

class OpenVinoInstance : public PartInstance {
 public:
  OpenVinoInstance(std::optional<ov::CompiledModel>& model, Ports ports)
      : ports_(std::move(ports)) {
    if (!model) return;
    request_ = model->create_infer_request();
    parameters_ = model->inputs();
    results_ = model->outputs();
  }

  void bind(std::span<const Buffer> in, std::span<const Buffer> out) override {
    check("input", in, ports_.inputs);
    check("output", out, ports_.outputs);
    const Wiring& wiring = ports_.wiring;
    for (const Wiring::Copy& copy : wiring.copies) add_joint(copy.from, in, out[copy.output].data);
    translate("OpenVINO cannot use a buffer", ports_.part, [&] {
      for (size_t i = 0; i < parameters_.size(); ++i)
        request_.set_input_tensor(i, view(parameters_[i], memory_of(wiring.parameters[i], in)));
      for (size_t i = 0; i < results_.size(); ++i)
        request_.set_output_tensor(i, view(results_[i], out[wiring.results[i]].data));
    });
  }

  void run() override try {
    copy_us_ = 0;
    for (const Joint& joint : joints_) {
      const double begin = now_us();
      join_strips(joint.strips, joint.rows, joint.shifted, joint.out);
      if (joint.strips.size() > 1) copy_us_ += now_us() - begin;
    }
    if (request_) request_.infer();
  } catch (const std::exception& error) {
    throw EngineError(
        {.what = "OpenVINO failed: " + first_useful_line(error.what()), .where = ports_.part});
  }

  std::optional<double> copy_us() const override {
    return ports_.wiring.joins_all ? std::optional(copy_us_) : std::nullopt;
  }

  std::vector<OpTime> op_times() const override {
    std::vector<OpTime> times;
    if (!request_) return times;
    translate("OpenVINO tells no times", ports_.part, [&] {
      for (const ov::ProfilingInfo& op : request_.get_profiling_info())
        if (op.status == ov::ProfilingInfo::Status::EXECUTED)
          times.push_back({op.node_name, fmt::format("{} {}", op.node_type, op.exec_type),
                           static_cast<double>(op.real_time.count())});
    });
    return times;
  }

 private:
  using Port = ov::Output<const ov::Node>;

  void check(std::string_view kind, std::span<const Buffer> given,
             std::span<const ir::TensorType> wanted) const {
    if (given.size() != wanted.size())
      throw EngineError({.what = fmt::format("{} {} buffers were given, {} are needed",
                                             given.size(), kind, wanted.size()),
                         .where = ports_.part});
    for (size_t i = 0; i < given.size(); ++i) {
      if (!given[i].data || given[i].bytes != wanted[i].bytes())
        throw EngineError({.what = fmt::format("{} {} is a buffer of {} bytes, {} are needed", kind,
                                               i, given[i].bytes, wanted[i].bytes()),
                           .where = ports_.part});
    }
  }

  // Where a parameter finds its values: in the part's input, or in memory of this instance.
  std::byte* memory_of(const Feed& feed, std::span<const Buffer> in) {
    if (feed.direct()) return in[feed.inputs[0]].data;
    size_t bytes = 0;
    for (const size_t i : feed.inputs) bytes += in[i].bytes;
    memory_.emplace_back(bytes);
    add_joint(feed, in, memory_.back().data());
    return memory_.back().data();
  }

  void add_joint(const Feed& feed, std::span<const Buffer> in, std::byte* out) {
    Joint joint{.strips = {}, .rows = 0, .shifted = feed.shifted, .out = out};
    for (const size_t i : feed.inputs) {
      const ir::TensorType& type = ports_.inputs[i];
      const size_t width = static_cast<size_t>(type.shape.back()) * size_of(type.dtype);
      joint.strips.push_back({in[i].data, width});
      joint.rows = in[i].bytes / width;
    }
    joints_.push_back(std::move(joint));
  }

  static ov::Tensor view(const Port& port, std::byte* memory) {
    return ov::Tensor(port.get_element_type(), port.get_shape(), memory);
  }

  ov::InferRequest request_;  // empty if the part only copies
  Ports ports_;
  std::vector<Port> parameters_, results_;
  std::vector<AlignedBytes> memory_;
  std::vector<Joint> joints_;
  double copy_us_ = 0;
};

}  // namespace

OpenVinoPart::OpenVinoPart(std::optional<ov::CompiledModel> model, Ports ports,
                           std::vector<int> cores, std::vector<std::string> notes)
    : model_(std::move(model)),
      ports_(std::move(ports)),
      cores_(std::move(cores)),
      notes_(std::move(notes)) {}

std::unique_ptr<PartInstance> OpenVinoPart::instantiate() const {
  std::unique_ptr<PartInstance> instance;
  translate("OpenVINO cannot make a request", ports_.part, [&] {
    on_free_thread(cores_, [&] { instance = std::make_unique<OpenVinoInstance>(model_, ports_); });
  });
  return instance;
}

}  // namespace nnstretch::engines::openvino
