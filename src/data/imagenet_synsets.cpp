#include "data/imagenet_synsets.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/imagenet_labels.h"
#include "data/mat_struct.h"

namespace nnstretch::data {

SynsetIds parse_synsets(std::span<const std::byte> bytes, const std::string& where) try {
  const MatStruct table(bytes, "synsets", where);
  SynsetIds ids;
  for (size_t row = 0; row < table.rows(); ++row) {
    if (table.number("num_children", row) != 0) continue;
    const double id = table.number("ILSVRC2012_ID", row);
    const std::string word = table.word("WNID", row);
    constexpr double kMost = 1e6;
    if (!(id >= 0 && id < kMost) || !is_wordnet_id(word))
      throw FormatError({.what = fmt::format("row {} of synsets is no class", row)});
    ids[static_cast<int>(id)] = word;
  }
  return ids;
} catch (const FormatError& error) {
  throw FormatError({.what = error.message().what,
                     .where = where,
                     .fix = "give ILSVRC2012_devkit_t12.tar.gz as it was published"});
}

}  // namespace nnstretch::data
