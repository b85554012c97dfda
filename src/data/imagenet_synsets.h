// meta.mat of ImageNet's development kit: the classes by the numbers that its lists use.
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace nnstretch::data {

// ILSVRC2012_ID -> WordNet id, of the classes that have no narrower ones.
using SynsetIds = std::map<int, std::string>;

// A MATLAB 5 file with a struct array `synsets`. FormatError at `where`.
SynsetIds parse_synsets(std::span<const std::byte> bytes, const std::string& where);

}  // namespace nnstretch::data
