// A part that the library has compiled, and its state in one session.
#pragma once
#include <openvino/runtime/compiled_model.hpp>
#include <optional>

#include "engines/engine.h"
#include "engines/openvino/wiring.h"

namespace nnstretch::engines::openvino {

// What an instance needs to know of its part.
struct Ports {
  std::string part;                             // its name
  std::vector<ir::TensorType> inputs, outputs;  // of the graph
  Wiring wiring;
};

class OpenVinoPart : public CompiledPart {
 public:
  // `cores`: all that the process may use. Without a model the part only copies.
  OpenVinoPart(std::optional<ov::CompiledModel> model, Ports ports, std::vector<int> cores,
               std::vector<std::string> notes);
  std::unique_ptr<PartInstance> instantiate() const override;
  std::string engine() const override { return "openvino"; }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  // create_infer_request() is not const, but may be called from any thread.
  mutable std::optional<ov::CompiledModel> model_;
  Ports ports_;
  std::vector<int> cores_;
  std::vector<std::string> notes_;
};

}  // namespace nnstretch::engines::openvino
