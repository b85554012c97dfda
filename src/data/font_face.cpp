#include "data/font_face.h"

#include <ft2build.h>

#include <algorithm>

#include "base/error.h"
#include FT_FREETYPE_H

namespace nnstretch::data {
namespace {

constexpr unsigned height = 40;  // pixels a line

struct CloseFace {
  void operator()(FT_Face face) const { FT_Done_Face(face); }
};

// Nothing if the font has no such letter, or one that is a dot or a banner.
std::optional<Ink> draw(FT_Face face, char letter) {
  constexpr unsigned least = 3, most = 200;
  const FT_UInt index = FT_Get_Char_Index(face, static_cast<FT_ULong>(letter));
  if (index == 0 || FT_Load_Glyph(face, index, FT_LOAD_RENDER) != 0) return std::nullopt;
  const FT_Bitmap& bitmap = face->glyph->bitmap;
  if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY || bitmap.pitch < 0 || bitmap.width < least ||
      bitmap.rows < least || bitmap.width > most || bitmap.rows > most)
    return std::nullopt;
  Ink ink{.height = static_cast<int>(bitmap.rows),
          .width = static_cast<int>(bitmap.width),
          .levels = {}};
  for (unsigned y = 0; y < bitmap.rows; ++y) {
    const uint8_t* row = bitmap.buffer + y * static_cast<unsigned>(bitmap.pitch);
    ink.levels.insert(ink.levels.end(), row, row + bitmap.width);
  }
  return ink;
}

std::string text(const char* name) { return name ? name : ""; }

}  // namespace

struct FontReader::Library {
  Library() {
    if (FT_Init_FreeType(&handle) != 0) throw IoError({.what = "FreeType does not start"});
  }
  ~Library() { FT_Done_FreeType(handle); }
  FT_Library handle = nullptr;
};

FontReader::FontReader() : library_(std::make_unique<Library>()) {}
FontReader::~FontReader() = default;

std::optional<FontFace> FontReader::read(const std::filesystem::path& file) const {
  FT_Face opened = nullptr;
  if (FT_New_Face(library_->handle, file.c_str(), 0, &opened) != 0) return std::nullopt;
  const std::unique_ptr<std::remove_pointer_t<FT_Face>, CloseFace> face(opened);
  if (!FT_IS_SCALABLE(opened) || FT_Set_Pixel_Sizes(opened, 0, height) != 0) return std::nullopt;
  FontFace read{
      .family = text(opened->family_name), .style = text(opened->style_name), .letters = {}};
  for (char letter = 'A'; letter <= 'Z'; ++letter) {
    std::optional<Ink> ink = draw(opened, letter);
    if (!ink) return std::nullopt;
    read.letters.push_back(std::move(*ink));
  }
  if (read.letters[0] == read.letters[1]) return std::nullopt;  // boxes in place of letters
  return read;
}

}  // namespace nnstretch::data
