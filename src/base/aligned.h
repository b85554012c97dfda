// Memory that engines can read and write in place.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace nnstretch {

// `size` bytes at a 64-byte boundary, zero at first.
class AlignedBytes {
 public:
  static constexpr size_t kAlignment = 64;

  explicit AlignedBytes(size_t size = 0) : size_(size) {
    const size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment + kAlignment;
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded)));
    if (!data_) throw std::bad_alloc();
    std::memset(data_.get(), 0, rounded);
  }
  std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<std::byte, Free> data_;
  size_t size_;
};

}  // namespace nnstretch
