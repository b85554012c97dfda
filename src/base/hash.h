// Content hashes (xxHash3, 128 bits): names of cached things, of plans, and of what a row was made
// from.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nnstretch {

// Feed pieces, then ask for 32 hexadecimal digits. Each piece is closed by its length, so
// ("ab","c") and ("a","bc") differ.
class Hash {
 public:
  Hash();
  ~Hash();
  Hash(Hash&&) noexcept;
  Hash& add(std::span<const std::byte> bytes);
  Hash& add(std::string_view text);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nnstretch
