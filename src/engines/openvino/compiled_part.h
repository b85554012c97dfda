// A part that the library has compiled, and its state in one session.
#pragma once
#include <openvino/runtime/compiled_model.hpp>

#include "engines/engine.h"
#include "engines/openvino/feed.h"

namespace nnstretch::engines::openvino {

// What an instance needs to know of its part.
struct Ports {
  std::string part;                             // its name
  std::vector<ir::TensorType> inputs, outputs;  // of the graph
  std::vector<Feed> feeds;                      // one a parameter of the model
};

class OpenVinoPart : public CompiledPart {
 public:
  // `cores`: all that the process may use.
  OpenVinoPart(ov::CompiledModel model, Ports ports, std::vector<int> cores,
               std::vector<std::string> notes);
  std::unique_ptr<PartInstance> instantiate() const override;
  std::string engine() const override { return "openvino"; }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  mutable ov::CompiledModel
      model_;  // create_infer_request() is not const, but safe from any thread
  Ports ports_;
  std::vector<int> cores_;
  std::vector<std::string> notes_;
};

}  // namespace nnstretch::engines::openvino
