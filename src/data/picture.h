// A stored picture: its size first, then the pixels of the part that is wanted.
#pragma once
#include <optional>

#include "data/dataset.h"
#include "image/encoded.h"

namespace nnstretch::data {

class Picture {
 public:
  // Keeps the sample. FormatError at sample.where.
  explicit Picture(const Sample& sample, image::Dct method = image::Dct::exact);

  int height() const { return encoded_ ? encoded_->height() : sample_.height; }
  int width() const { return encoded_ ? encoded_->width() : sample_.width; }
  // The box must lie inside. The patch may show the sample's own bytes.
  image::Patch part(const image::Box& box) const;
  image::Patch all() const { return part({0, 0, height(), width()}); }

 private:
  const Sample& sample_;
  std::optional<image::Encoded> encoded_;
};

}  // namespace nnstretch::data
