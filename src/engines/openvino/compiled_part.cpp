#include "engines/openvino/compiled_part.h"

#include <fmt/format.h>

#include <openvino/runtime/infer_request.hpp>

#include "base/aligned.h"
#include "base/error.h"
#include "engines/openvino/core.h"

namespace nnstretch::engines::openvino {
namespace {

class OpenVinoInstance : public PartInstance {
 public:
  OpenVinoInstance(ov::CompiledModel& model, Ports ports)
      : request_(model.create_infer_request()),
        ports_(std::move(ports)),
        parameters_(model.inputs()),
        results_(model.outputs()) {}

  void bind(std::span<const Buffer> in, std::span<const Buffer> out) override {
    check("input", in, ports_.inputs);
    check("output", out, ports_.outputs);
    translate("OpenVINO cannot use a buffer", ports_.part, [&] {
      for (size_t i = 0; i < parameters_.size(); ++i)
        request_.set_input_tensor(i, view(parameters_[i], parameter_memory(ports_.feeds[i], in)));
      for (size_t i = 0; i < results_.size(); ++i)
        request_.set_output_tensor(i, view(results_[i], out[i].data));
    });
  }

  void run() override try {
    for (const Joint& joint : joints_)
      join(joint.pieces, joint.rows, joint.shifted, joint.memory.data());
    request_.infer();
  } catch (const std::exception& error) {
    throw EngineError(
        {.what = "OpenVINO failed: " + first_useful_line(error.what()), .where = ports_.part});
  }

 private:
  using Port = ov::Output<const ov::Node>;

  // A parameter that has memory of its own, filled before every run.
  struct Joint {
    std::vector<Piece> pieces;
    size_t rows;
    bool shifted;
    AlignedBytes memory;
  };

  void check(std::string_view kind, std::span<const Buffer> given,
             std::span<const ir::TensorType> wanted) const {
    if (given.size() != wanted.size())
      throw EngineError({.what = fmt::format("{} {} buffers were given, {} are needed",
                                             given.size(), kind, wanted.size()),
                         .where = ports_.part});
    for (size_t i = 0; i < given.size(); ++i)
      if (!given[i].data || given[i].bytes != wanted[i].bytes())
        throw EngineError({.what = fmt::format("{} {} is a buffer of {} bytes, {} are needed", kind,
                                               i, given[i].bytes, wanted[i].bytes()),
                           .where = ports_.part});
  }

  std::byte* parameter_memory(const Feed& feed, std::span<const Buffer> in) {
    if (feed.direct()) return in[feed.inputs[0]].data;
    Joint joint{.pieces = {}, .rows = 0, .shifted = feed.shifted, .memory = AlignedBytes()};
    size_t bytes = 0;
    for (const size_t i : feed.inputs) {
      const ir::TensorType& type = ports_.inputs[i];
      const size_t width = static_cast<size_t>(type.shape.back()) * size_of(type.dtype);
      joint.pieces.push_back({in[i].data, width});
      joint.rows = width ? type.bytes() / width : 0;
      bytes += type.bytes();
    }
    joint.memory = AlignedBytes(bytes);
    joints_.push_back(std::move(joint));
    return joints_.back().memory.data();
  }

  static ov::Tensor view(const Port& port, std::byte* memory) {
    return ov::Tensor(port.get_element_type(), port.get_shape(), memory);
  }

  ov::InferRequest request_;
  Ports ports_;
  std::vector<Port> parameters_, results_;
  std::vector<Joint> joints_;
};

}  // namespace

OpenVinoPart::OpenVinoPart(ov::CompiledModel model, Ports ports, std::vector<int> cores,
                           std::vector<std::string> notes)
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
