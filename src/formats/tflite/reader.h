// .tflite files as models. Files of our writer come back as they were: print() of the graph,
// places, weights and preprocessing are equal (activations that TFLite cannot fuse in float32 come
// back as nodes of their own, and inputs stand first). Of other writers' files those are read that
// have float32 or int8 values and the operators of raise.h; they have no places and the default
// preprocessing.
#pragma once
#include <span>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch::tflite {

// `where` is the file's name, for messages. FormatError or ShapeError for anything that is not a
// sound model; no bytes, however broken or hostile, make it crash, hang or take memory far beyond
// their size.
ir::Model read(std::span<const std::byte> bytes, const std::string& where,
               formats::Beside* beside = nullptr);

}  // namespace nnstretch::tflite
