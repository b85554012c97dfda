#include "weights/strided.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace nnstretch::weights {
namespace {

constexpr size_t kTooMany = SIZE_MAX;

size_t multiply(size_t a, size_t b) { return __builtin_mul_overflow(a, b, &a) ? kTooMany : a; }
size_t add(size_t a, size_t b) { return __builtin_add_overflow(a, b, &a) ? kTooMany : a; }

// Elements from the start of the storage to the end of the last element of the view.
size_t reach(const pickle::TensorView& view) {
  auto last = static_cast<size_t>(view.offset);
  for (size_t i = 0; i < view.sizes.size(); ++i) {
    if (view.sizes[i] == 0) return 0;
    last = add(last, multiply(static_cast<size_t>(view.sizes[i]) - 1,
                              static_cast<size_t>(view.strides[i])));
  }
  return add(last, 1);
}

void check(const pickle::TensorView& view, std::span<const std::byte> storage) {
  bool sound = view.sizes.size() == view.strides.size() && view.offset >= 0;
  for (const int64_t size : view.sizes) sound &= size >= 0;
  for (const int64_t stride : view.strides) sound &= stride >= 0;
  if (!sound) throw FormatError({.what = "its sizes, strides or offset make no sense"});
  const size_t there = storage.size() / size_of(view.storage.type);
  const size_t needed = std::max<size_t>(reach(view), view.storage.count);
  if (needed > there)
    throw FormatError(
        {.what = fmt::format("its storage has {} elements, {} are needed", there, needed)});
}

bool is_row_major(const pickle::TensorView& view) {
  int64_t expected = 1;
  for (size_t i = view.sizes.size(); i-- > 0;) {
    if (view.sizes[i] != 1 && view.strides[i] != expected) return false;
    expected *= view.sizes[i];
  }
  return true;
}

// Element by element, counting up the index of each dimension; the last one runs fastest.
void copy_strided(const pickle::TensorView& view, const std::byte* from, std::span<std::byte> out,
                  size_t element) {
  std::vector<int64_t> index(view.sizes.size(), 0), strides = view.strides;
  for (size_t i = 0; i < strides.size(); ++i)
    if (view.sizes[i] == 1) strides[i] = 0;  // never taken, so torch writes anything there
  int64_t at = view.offset;
  for (size_t done = 0; done < out.size(); done += element) {
    std::memcpy(out.data() + done, from + static_cast<size_t>(at) * element, element);
    for (size_t i = index.size(); i-- > 0;) {
      at += strides[i];
      if (++index[i] < view.sizes[i]) break;
      at -= strides[i] * view.sizes[i];
      index[i] = 0;
    }
  }
}

}  // namespace

ir::Tensor gather(const pickle::TensorView& view, std::span<const std::byte> storage,
                  size_t& budget) {
  check(view, storage);
  const size_t element = size_of(view.storage.type);
  size_t bytes = element;
  for (const int64_t size : view.sizes)
    if (size == 0) bytes = 0;
  for (const int64_t size : view.sizes) bytes = multiply(bytes, static_cast<size_t>(size));
  if (bytes > budget)
    throw FormatError({.what = "it repeats the same few numbers too often",
                       .fix = "save the tensor after .contiguous()"});
  budget -= bytes;
  auto copy = std::make_shared<std::vector<std::byte>>(bytes);
  const std::byte* first = storage.data();
  if (bytes > 0 && is_row_major(view))
    std::memcpy(copy->data(), first + static_cast<size_t>(view.offset) * element, bytes);
  else
    copy_strided(view, first, *copy, element);
  return {view.storage.type, view.sizes, std::move(copy), {}};
}

}  // namespace nnstretch::weights
