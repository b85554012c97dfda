#include "base/hash.h"

#include <cstdint>

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace nnstretch {

struct Hash::State {
  XXH3_state_t xxh;
};

Hash::Hash() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;

Hash& Hash::add(std::span<const std::byte> bytes) {
  const uint64_t length = bytes.size();
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
  XXH3_128bits_update(&state_->xxh, &length, sizeof length);
  return *this;
}

Hash& Hash::add(std::string_view text) {
  return add(std::as_bytes(std::span(text.data(), text.size())));
}

std::string Hash::hex() const {
  const XXH128_hash_t digest = XXH3_128bits_digest(&state_->xxh);
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

}  // namespace nnstretch
