// Turning pictures upright by what the camera noted in EXIF.
#pragma once
#include <cstddef>
#include <span>

#include "image/image.h"

namespace nnstretch::image {

// The orientation tag of EXIF data ("II*" or "MM*" and so on), 1 to 8. 1, upright, if there is
// none or the data make no sense: a picture is not refused for a damaged note.
int exif_orientation(std::span<const std::byte> tiff);
// The picture as it should be seen; 5 to 8 swap height and width.
Image upright(Image image, int orientation);

}  // namespace nnstretch::image
