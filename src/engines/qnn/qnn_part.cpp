#include "engines/qnn/qnn_part.h"

#include <fmt/format.h>

#include "base/error.h"
#include "engines/qnn/htp_graph.h"
#include "formats/onnx/writer.h"

namespace nnstretch::engines::qnn {
namespace {

class QnnInstance : public PartInstance {
 public:
  explicit QnnInstance(std::shared_ptr<const QnnPart> part) : part_(std::move(part)) {}

  void bind(std::span<const Buffer> in, std::span<const Buffer> out) override {
    wrap(in, part_->inputs(), inputs_, "input");
    wrap(out, part_->outputs(), outputs_, "output");
  }

  // The session reads and writes the bound memory. Nothing of ours is allocated here.
  void run() override {
    const Library& library = part_->library();
    library.check(library[kRun](part_->session(), nullptr, inputs_.names.data(), inputs_.raw.data(),
                                inputs_.raw.size(), outputs_.names.data(), outputs_.raw.size(),
                                outputs_.raw.data()),
                  "run", part_->name());
  }

 private:
  struct Bound {
    std::vector<Handle<OrtValue>> owned;
    std::vector<OrtValue*> raw;      // the same, as the C API takes them
    std::vector<const char*> names;  // point into the part
  };

  void wrap(std::span<const Buffer> buffers, const std::vector<Port>& ports, Bound& bound,
            std::string_view kind) {
    if (buffers.size() != ports.size())
      throw EngineError({.what = fmt::format("{} {} buffers for {} {}s", buffers.size(), kind,
                                             ports.size(), kind),
                         .where = part_->name()});
    bound = {};
    for (size_t i = 0; i < buffers.size(); ++i) {
      const Port& port = ports[i];
      if (buffers[i].bytes != port.bytes)
        throw EngineError({.what = fmt::format("{} {} has {} bytes, the part needs {}", kind, i,
                                               buffers[i].bytes, port.bytes),
                           .where = part_->name()});
      bound.owned.push_back(
          part_->library().view(buffers[i].data, port.bytes, port.shape, port.type, part_->name()));
      bound.raw.push_back(bound.owned.back().get());
      bound.names.push_back(port.name.c_str());
    }
  }

  std::shared_ptr<const QnnPart> part_;
  Bound inputs_, outputs_;
};

// Names are those of the file, shapes and types those of the buffers.
std::vector<Port> ports(const ir::Graph& part, const std::vector<ir::NodeId>& values,
                        const ir::Graph& file, const std::vector<ir::NodeId>& in_file) {
  std::vector<Port> list;
  for (size_t i = 0; i < values.size(); ++i) {
    const ir::TensorType& type = part.node(values[i]).type;
    list.push_back({file.node(in_file[i]).name, type.shape,
                    type.dtype == DType::u8 ? kOrtUint8 : kOrtInt8, type.bytes()});
  }
  return list;
}

}  // namespace

QnnPart::QnnPart(std::shared_ptr<const Library> library, const ir::Model& part,
                 std::vector<std::string> notes)
    : library_(std::move(library)), name_(part.name), notes_(std::move(notes)) {
  ir::Model file = part;
  file.graph = htp_graph(part.graph);
  inputs_ = ports(part.graph, part.graph.inputs(), file.graph, file.graph.inputs());
  outputs_ = ports(part.graph, part.graph.outputs(), file.graph, file.graph.outputs());
  session_ = library_->compile(onnx::write(file), name_);
}

std::unique_ptr<PartInstance> QnnPart::instantiate() const {
  return std::make_unique<QnnInstance>(shared_from_this());
}

}  // namespace nnstretch::engines::qnn
