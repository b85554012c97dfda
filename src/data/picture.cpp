#include "data/picture.h"

namespace nnstretch::data {

Picture::Picture(const Sample& sample, image::Dct method) : sample_(sample) {
  if (sample.form == Sample::Form::file) encoded_.emplace(sample.bytes, sample.where, method);
}

image::Patch Picture::part(const image::Box& box) const {
  if (encoded_) return encoded_->decode(box);
  const image::View raw{reinterpret_cast<const uint8_t*>(sample_.bytes.data()), sample_.height,
                        sample_.width, 3 * static_cast<size_t>(sample_.width)};
  return {.memory = {}, .view = image::cut(raw, box)};
}

}  // namespace nnstretch::data
