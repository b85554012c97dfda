// A struct array of a MATLAB 5 file, whose fields are numbers and words.
//     MatStruct table(bytes, "synsets", "meta.mat");
//     table.word("WNID", 0);   // "n02119789"
// The bytes are a stranger's: every length is checked, nothing is read by recursion.
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::data {

class MatStruct {
 public:
  // Finds the array of that name. FormatError at `where`: no such array, damaged, big-endian, or
  // more than 64 MiB when unpacked.
  MatStruct(std::span<const std::byte> bytes, std::string_view name, std::string where);

  size_t rows() const { return rows_; }
  // The first number or the text of a field. FormatError names field and row.
  double number(std::string_view field, size_t row) const;
  std::string word(std::string_view field, size_t row) const;

 private:
  using Bytes = std::span<const std::byte>;

  bool take_array(Bytes matrix, std::string_view name);
  void take_cells(Bytes rest);
  Bytes cell(std::string_view field, size_t row) const;
  [[noreturn]] void refuse(std::string what) const;

  std::string where_;
  std::vector<std::byte> unpacked_;  // of the compressed element that holds the array
  std::map<std::string, size_t, std::less<>> fields_;
  size_t rows_ = 0;
  std::vector<Bytes> cells_;  // matrices, field by field of each row
};

}  // namespace nnstretch::data
