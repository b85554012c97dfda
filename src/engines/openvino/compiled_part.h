// A part that the library has compiled, and its state in one session.
#pragma once
#include <openvino/runtime/compiled_model.hpp>

#include "engines/engine.h"

namespace nnstretch::engines::openvino {

class OpenVinoPart : public CompiledPart {
 public:
  // `types` are those of the graph's inputs, then of its outputs; `cores` all the process has.
  OpenVinoPart(ov::CompiledModel model, std::string name, std::vector<int> cores,
               std::vector<std::string> notes);
  std::unique_ptr<PartInstance> instantiate() const override;
  std::string engine() const override { return "openvino"; }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  mutable ov::CompiledModel
      model_;  // create_infer_request() is not const, but safe from any thread
  std::string name_;
  std::vector<int> cores_;
  std::vector<std::string> notes_;
};

}  // namespace nnstretch::engines::openvino
