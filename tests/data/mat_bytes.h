// Bytes of MATLAB 5 files, put together from the description of the format.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace nnstretch::testing::mat {

using Bytes = std::string;

template <class T>
inline Bytes raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), sizeof(T) * values.size()};
}

inline Bytes element(uint32_t type, const Bytes& content) {
  return raw<uint32_t>({type, static_cast<uint32_t>(content.size())}) + content +
         Bytes((8 - content.size() % 8) % 8, '\0');
}

// Up to four bytes beside their type and size.
inline Bytes small(uint16_t type, Bytes content) {
  const auto size = static_cast<uint16_t>(content.size());
  content.resize(4, '\0');
  return raw<uint16_t>({type, size}) + content;
}

inline Bytes matrix(uint8_t kind, std::initializer_list<int32_t> sizes, const Bytes& name,
                    const Bytes& content) {
  return element(14, element(6, raw<uint32_t>({kind, 0})) + element(5, raw<int32_t>(sizes)) +
                         element(1, name) + content);
}

inline Bytes names(int32_t width, std::initializer_list<const char*> fields) {
  Bytes all;
  for (const char* field : fields) {
    Bytes one(field);
    one.resize(static_cast<size_t>(width), '\0');
    all += one;
  }
  return small(5, raw<int32_t>({width})) + element(1, all);
}

inline Bytes text(const char* word) { return matrix(4, {1, 9}, "", element(16, word)); }
inline Bytes number(const Bytes& content) { return matrix(6, {1, 1}, "", content); }

inline Bytes header() {
  Bytes text = "MATLAB 5.0 MAT-file";
  text.resize(124, ' ');
  return text + raw<uint16_t>({0x0100}) + "IM";
}

inline Bytes packed(const Bytes& content) {
  uLongf size = ::compressBound(content.size());
  Bytes out(size, '\0');
  ::compress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(content.data()), content.size());
  out.resize(size);
  return raw<uint32_t>({15, static_cast<uint32_t>(size)}) + out;
}

// Two classes and one that has a narrower one.
inline Bytes synsets() {
  return matrix(2, {3, 1}, "synsets",
                names(16, {"ILSVRC2012_ID", "WNID", "num_children"}) +
                    number(element(9, raw<double>({7}))) + text("n02119789") +
                    number(small(2, raw<uint8_t>({0}))) + number(small(4, raw<uint16_t>({300}))) +
                    text("n01440764") + number(element(9, raw<double>({0}))) +
                    number(small(3, raw<int16_t>({1000}))) + text("n00001740") +
                    number(small(2, raw<uint8_t>({3}))));
}

}  // namespace nnstretch::testing::mat
