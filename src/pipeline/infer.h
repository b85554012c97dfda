// One input through a network, as a plan on this machine.
#pragma once
#include <filesystem>

#include "base/npy.h"
#include "formats/beside.h"
#include "ir/graph.h"
#include "measure/choose.h"
#include "measure/remarks.h"
#include "measure/signs.h"
#include "plan/placing.h"

namespace nnstretch::pipeline {

// How an array stands for the network's input.
enum class ArrayForm {
  as_trained,  // float32 NCHW, (1,3,S,S) or (3,S,S): as training sees it
  as_stored    // what the input tensor holds, NHWC
};

// The network's one input from a file or pipe: a JPEG or PNG, prepared as the model says, or a .npy
// array, told apart by content. Float64 is taken for float32 if no number changes. FormatError or
// ShapeError naming the file and what would do; also if a picture is prepared as is only assumed,
// and more than one in a hundred of its values is beyond what the input holds.
std::vector<std::byte> load_input(const std::filesystem::path& path, const ir::Model& model,
                                  const formats::Beside& beside, ArrayForm form);
// The same for a picture alone.
std::vector<std::byte> load_picture(const std::filesystem::path& path, const ir::Model& model,
                                    const formats::Beside& beside = {});
// The array that load_input() takes for this input.
NpyArray input_array(std::span<const std::byte> input, const ir::TensorType& type, ArrayForm form);

struct Inference {
  std::vector<NpyArray> outputs;  // every output of the network, as it is: int8, uint8 or float32
  std::vector<float> logits;      // the first one's real numbers
  measure::Remarks remarks;       // of the plan that computed them
  measure::Signs signs;           // of compiling and running it
};
// ShapeError for a network of several inputs.
Inference infer(const ir::Model& model, const plan::Placing& placing, bool sequential,
                std::span<const std::byte> input, const plan::Surroundings& here,
                measure::Pick pick = measure::Pick::parts);

// Every value of the network for this input, computed by the reference kernels: FOLDER/NODE.npy.
void write_values(const ir::Model& model, std::span<const std::byte> input,
                  const std::filesystem::path& folder);

}  // namespace nnstretch::pipeline
