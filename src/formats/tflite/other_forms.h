// Files whose numbers have forms that no operator of ours computes with: int16 values between int8
// weights ("16x8"), networks of uint8, int8 weights of float operators ("dynamic range").
#pragma once
#include <string>
#include <vector>

#include "formats/tflite/file.h"

namespace nnstretch::tflite {

// The file is seen in our forms from now on: uint8 values as int8, 128 less; uint8 weights
// likewise, or as float if their zero point is not 128; int16 values as float, without their
// rounding; weights and constants of float operators as the real numbers they stand for. Tells what
// was done, one sentence a form; nothing for other files. FormatError for a file that needs far
// more memory than it has bytes.
std::vector<std::string> see_other_forms(File& file);

// What the integers of a quantised constant stand for. FormatError for other types.
std::vector<float> real_numbers(const FileTensor& tensor);

}  // namespace nnstretch::tflite
