#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace nnstretch {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view doing, int error) {
  throw IoError(
      {.what = fmt::format("cannot {}: {}", doing, std::strerror(error)), .where = path.string()});
}

// Closed at its end.
struct Descriptor {
  int number;
  ~Descriptor() { ::close(number); }
};

// Until it ends, however long the system says that it is: a pipe has no length.
template <class Container>
Container read_all(const std::filesystem::path& path) {
  constexpr size_t kPiece = 1 << 16, kMostOfPipe = size_t{1} << 32;  // /dev/zero has no end
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) fail(path, "open", errno);
  const Descriptor file{number};
  struct stat about {};
  if (::fstat(file.number, &about) != 0) fail(path, "read", errno);
  const bool regular = S_ISREG(about.st_mode);
  Container content(regular ? static_cast<size_t>(about.st_size) + 1 : kPiece, {});
  for (size_t size = 0;;) {
    if (size == content.size()) content.resize(std::max(size + kPiece, size + size / 2));
    const ssize_t count = ::read(file.number, content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "read", errno);
    size += static_cast<size_t>(count);
    if (!regular && size > kMostOfPipe) fail(path, "read", EFBIG);
    if (count > 0) continue;
    content.resize(size);
    return content;
  }
}

}  // namespace

std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
  return read_all<std::vector<std::byte>>(path);
}

std::string read_text(const std::filesystem::path& path) { return read_all<std::string>(path); }

}  // namespace nnstretch
