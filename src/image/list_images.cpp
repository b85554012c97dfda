#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "image/image.h"

namespace nnstretch::image {
namespace {

bool is_picture(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

}  // namespace

std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_regular_file(folder, error)) return {folder};
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  std::vector<fs::path> found;
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code dangling;  // a link to nothing is no picture
    if (is_picture(entry->path()) && entry->is_regular_file(dangling))
      found.push_back(entry->path());
  }
  if (error)
    throw IoError({.what = "cannot list the pictures: " + error.message(),
                   .where = folder.string(),
                   .fix = "name a folder of JPEG or PNG files"});
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace nnstretch::image
