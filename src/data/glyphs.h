// A data set that needs nothing but fonts: the letters A to Z in many of them, 32 x 32 in colour.
// The families of the validation split are not those of the training split.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nnstretch::data {

struct GlyphOptions {
  std::vector<std::filesystem::path> fonts = {"/usr/share/fonts", "/usr/share/texmf/fonts"};
  std::filesystem::path out;  // gets train.beton, val.beton and families.txt
  uint64_t seed = 1;
  double validation = 0.2;  // share of the letters, at least
};

struct GlyphSummary {
  size_t faces = 0, families = 0, unusable = 0;  // unusable faces: symbols, missing letters
  size_t train = 0, val = 0;                     // pictures
};

// A letter looks the same whatever other fonts there are: its place and colours follow from the
// seed, the face and the letter. IoError: no folder of fonts. FormatError: fewer than two families
// in them.
GlyphSummary make_glyphs(const GlyphOptions& options);

}  // namespace nnstretch::data
