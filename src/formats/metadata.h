// What a model file says beside its graph, as JSON under the name "nnstretch": the network's name,
// how images are prepared for it and, in a .tflite file, whose work each operator is (the nodes of
// an .onnx file say that themselves).
//     {"schema":1,"network":"R-34-CD","preprocess":{"resize":256,...},
//      "labels":["cat","dog"],"calibrated_on":"256 of 13,624 pictures of glyphs/train, seed 1",
//      "places":[[0,0,"cpu"],[1,0,"dsp"]],"inputs":[0],"operators":[0,0,1]}
// `labels` name the classes, `calibrated_on` says where int8 ranges come from, `"assumed":true` in
// `preprocess` that it is a guess; none of them must be there.
// `places` are stage, branch and role; `inputs` and `operators` index them in the order of the
// file.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch::formats {

inline constexpr std::string_view kMetadataName = "nnstretch";

struct Metadata {
  std::string network;
  image::Preprocess preprocess;
  Beside beside = {};
  std::vector<ir::Place> inputs, operators;
};

// All but the places, of a model and into one.
Metadata metadata_of(const ir::Model& model, const Beside& beside);
void take_metadata(ir::Model& model, Beside& beside, const Metadata& metadata);

std::string to_json(const Metadata& metadata);
// FormatError with `where` for JSON that is not of this form.
Metadata metadata_from_json(std::string_view json, const std::string& where);

}  // namespace nnstretch::formats
