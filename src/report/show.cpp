#include "report/show.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "base/error.h"

namespace nnstretch::report {

void write_out(std::string_view text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!whole || std::fflush(stdout) != 0)
    throw IoError(
        {.what = std::string("cannot write: ") + std::strerror(errno), .where = "standard output"});
}

std::string file_and_size(const std::filesystem::path& file) {
  std::error_code no_file;
  const auto bytes = std::filesystem::file_size(file, no_file);
  return no_file ? file.string()
                 : fmt::format("{} ({:.1f} MB)", file.string(), static_cast<double>(bytes) / 1e6);
}

}  // namespace nnstretch::report
