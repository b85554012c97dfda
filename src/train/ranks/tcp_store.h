// A store that is reached over TCP, as every libtorch can have it.
#pragma once
#include <string>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace nnstretch::train {

// Libtorch 2 serves a store with libuv unless it is told not to, and Debian's is built without
// libuv. A client talks with either server; libtorch 1 has no such option.
template <typename Options>
auto tcp_store(const std::string& host, Options options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
  return c10::make_intrusive<c10d::TCPStore>(host, options);
}

}  // namespace nnstretch::train
