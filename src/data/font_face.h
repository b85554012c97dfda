// One face of a font file, through FreeType.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nnstretch::data {

// How dark each pixel is, rows from the top.
struct Ink {
  int height = 0, width = 0;
  std::vector<uint8_t> levels;
  bool operator==(const Ink&) const = default;
};

struct FontFace {
  std::string family, style;  // as the font names itself
  std::vector<Ink> letters;   // A to Z
};

class FontReader {
 public:
  FontReader();
  ~FontReader();
  FontReader(const FontReader&) = delete;
  FontReader& operator=(const FontReader&) = delete;
  // The first face of a file, letters 40 pixels high. Nothing if it cannot be read, has no outlines
  // or lacks a letter.
  std::optional<FontFace> read(const std::filesystem::path& file) const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace nnstretch::data
