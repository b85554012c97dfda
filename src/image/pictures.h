// The pictures of a folder, and what there is beside them.
#pragma once
#include <filesystem>

#include "base/listing.h"

namespace nnstretch::image {

// JPEG and PNG files by their endings, in the folder and all below it; as list_files().
Listing pictures_below(const std::filesystem::path& folder);

// Says once how many files were left out of `found` and which; nothing if all were taken.
void tell_left_out(const Listing& found);

}  // namespace nnstretch::image
