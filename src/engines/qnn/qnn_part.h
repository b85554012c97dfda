// One part compiled for the HTP: a session of ONNX Runtime, which instances share.
#pragma once
#include "engines/engine.h"
#include "engines/qnn/library.h"

namespace nnstretch::engines::qnn {

// An input or output as the session knows it.
struct Port {
  std::string name;
  ir::Shape shape;  // of the buffer: NHWC
  OrtElementType type;
  size_t bytes;
};

class QnnPart : public CompiledPart, public std::enable_shared_from_this<QnnPart> {
 public:
  // Compiles; EngineError with the library's reason if an operator does not run on the HTP.
  QnnPart(std::shared_ptr<const Library> library, const ir::Model& part,
          std::vector<std::string> notes);
  std::unique_ptr<PartInstance> instantiate() const override;
  std::string engine() const override { return "qnn"; }
  std::vector<std::string> notes() const override { return notes_; }

  const Library& library() const { return *library_; }
  const std::string& name() const { return name_; }
  OrtSession* session() const { return session_.get(); }
  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }

 private:
  std::shared_ptr<const Library> library_;
  std::string name_;
  std::vector<std::string> notes_;
  std::vector<Port> inputs_, outputs_;
  Handle<OrtSession> session_{nullptr, nullptr};
};

}  // namespace nnstretch::engines::qnn
