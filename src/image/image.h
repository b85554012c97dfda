// Pictures in, network inputs out.
//     Image photo = decode("cat.jpg");
//     std::vector<float> input = prepare(photo, {.resize = 256, .crop = 224});  // 224 x 224 x 3
// Pixels and floats are those OpenCV and pycls give for the same file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "image/preprocess.h"

namespace nnstretch::image {

// 8-bit colour picture, rows from the top, (red, green, blue) side by side: height x width x 3.
struct Image {
  int height = 0, width = 0;
  std::vector<uint8_t> rgb;
};

// Reads a JPEG or PNG, told apart by content. Grey, palette, CMYK and 16-bit files become 8-bit
// colour, alpha is dropped, the EXIF orientation is applied: as cv::imread does.
// FormatError names the file: neither of the two, damaged, cut short, or above 2^27 pixels.
Image decode(const std::filesystem::path& path);
Image decode(std::span<const std::byte> bytes, const std::string& where);

// The test transform: height x width x 3 = crop x crop x 3 floats (NHWC), channels in the order
// how.colour. ShapeError: the resized picture is smaller than the crop, or a size is not positive.
std::vector<float> prepare(const Image& image, const Preprocess& how);

// Every .jpg, .jpeg and .png file (any case) below the folder, sorted by path. A file gives itself.
// IoError: nothing there.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

}  // namespace nnstretch::image
