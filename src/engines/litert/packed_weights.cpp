#include "engines/litert/packed_weights.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace nnstretch::engines::litert {
namespace {

int valid(int file, const std::string& part) {
  if (file >= 0) return file;
  throw EngineError({.what = fmt::format("no memory for packed weights: {}", std::strerror(errno)),
                     .where = part});
}

}  // namespace

PackedWeights::PackedWeights(const std::string& part)
    : part_(part), file_(valid(::memfd_create("nnstretch weights", MFD_CLOEXEC), part)) {}

PackedWeights::~PackedWeights() { ::close(file_); }

int PackedWeights::handed_out() const {
  const int copy = valid(::dup(file_), part_);
  ::lseek(copy, 0, SEEK_SET);  // copies share one position
  return copy;
}

}  // namespace nnstretch::engines::litert
