// Whose work each operator of a file is. Our own files say it in their metadata. Files of
// NN-Stretch's builder say it in names: an operator is called as its first result, of whose name
// the piece before the first ';' counts (the others may name other branches). Operators that lost
// their tag get it back from data flow: one between two operators of a branch belongs to that
// branch.
#pragma once
#include "formats/metadata.h"
#include "formats/tflite/file.h"

namespace nnstretch::tflite {

struct OperatorPlace {
  ir::Place at;
  bool repaired = false;  // from data flow
};

struct Places {
  std::vector<ir::Place> inputs;
  std::vector<OperatorPlace> operators;
  std::vector<std::string> notes;  // what was repaired, for people
};

// FormatError if the metadata belongs to another graph. `metadata` is null if there is none. In a
// file without any tags all is one branch with the role "cpu".
Places places_of(const File& file, const formats::Metadata* metadata);

// "anynet/s1_cpu_b1_0_relu/Relu;anynet/..." is {1, 0, "cpu"}; nothing without a tag. The branch is
// kMeeting for a concatenation that ends a stage, else 0; kHead stands for the head's stage.
inline constexpr int kHead = -1;
std::optional<ir::Place> place_in_name(std::string_view name);

}  // namespace nnstretch::tflite
