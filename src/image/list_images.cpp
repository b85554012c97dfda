#include <fmt/format.h>

#include "base/error.h"
#include "base/tell_once.h"
#include "image/image.h"
#include "image/pictures.h"

namespace nnstretch::image {

Listing pictures_below(const std::filesystem::path& folder) {
  return list_files(folder, [](const std::filesystem::path& file) {
    return has_ending(file, {".jpg", ".jpeg", ".jpe", ".jfif", ".png"});
  });
}

void tell_left_out(const Listing& found) {
  if (const std::string words = found.left_out_words(); !words.empty())
    tell_once(fmt::format("note: {}: {}", found.folder.string(), words));
}

std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_regular_file(folder, error)) return {folder};
  try {
    const Listing found = pictures_below(folder);
    tell_left_out(found);
    return found.files;
  } catch (const IoError& error) {
    throw IoError(
        {error.message().what, error.message().where, "name a folder of JPEG or PNG files"});
  }
}

}  // namespace nnstretch::image
