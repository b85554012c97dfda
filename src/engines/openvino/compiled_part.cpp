#include "engines/openvino/compiled_part.h"

#include <fmt/format.h>

#include <openvino/runtime/infer_request.hpp>

#include "base/error.h"
#include "engines/openvino/core.h"

namespace nnstretch::engines::openvino {
namespace {

class OpenVinoInstance : public PartInstance {
 public:
  OpenVinoInstance(const ov::CompiledModel& model, ov::InferRequest request, std::string part)
      : request_(std::move(request)),
        part_(std::move(part)),
        inputs_(model.inputs()),
        outputs_(model.outputs()) {}

  void bind(std::span<const Buffer> in, std::span<const Buffer> out) override {
    check_count("inputs", in.size(), inputs_.size());
    check_count("outputs", out.size(), outputs_.size());
    translate("OpenVINO cannot use a buffer", part_, [&] {
      for (size_t i = 0; i < in.size(); ++i)
        request_.set_input_tensor(i, tensor(inputs_[i], in[i]));
      for (size_t i = 0; i < out.size(); ++i)
        request_.set_output_tensor(i, tensor(outputs_[i], out[i]));
    });
  }

  void run() override try { request_.infer(); } catch (const std::exception& error) {
    throw EngineError(
        {.what = "OpenVINO failed: " + first_useful_line(error.what()), .where = part_});
  }

 private:
  using Port = ov::Output<const ov::Node>;

  void check_count(std::string_view what, size_t given, size_t wanted) const {
    if (given != wanted)
      throw EngineError(
          {.what = fmt::format("{} buffers were given for {} {}", given, wanted, what),
           .where = part_});
  }

  ov::Tensor tensor(const Port& port, const Buffer& buffer) const {
    const size_t wanted = ov::shape_size(port.get_shape()) * port.get_element_type().size();
    if (buffer.bytes != wanted || !buffer.data)
      throw EngineError(
          {.what = fmt::format("a buffer of {} bytes was given for '{}', which has {}",
                               buffer.bytes, port.get_any_name(), wanted),
           .where = part_});
    return ov::Tensor(port.get_element_type(), port.get_shape(), buffer.data);
  }

  ov::InferRequest request_;
  std::string part_;
  std::vector<Port> inputs_, outputs_;
};

}  // namespace

OpenVinoPart::OpenVinoPart(ov::CompiledModel model, std::string name, std::vector<int> cores,
                           std::vector<std::string> notes)
    : model_(std::move(model)),
      name_(std::move(name)),
      cores_(std::move(cores)),
      notes_(std::move(notes)) {}

std::unique_ptr<PartInstance> OpenVinoPart::instantiate() const {
  std::unique_ptr<PartInstance> instance;
  translate("OpenVINO cannot make a request", name_, [&] {
    on_free_thread(cores_, [&] {
      instance = std::make_unique<OpenVinoInstance>(model_, model_.create_infer_request(), name_);
    });
  });
  return instance;
}

}  // namespace nnstretch::engines::openvino
