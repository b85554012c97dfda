// Results on stdout that hold names of others.
#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "report/printed.h"

namespace nnstretch::report {

// To stdout, at once. IoError if that cannot be written.
void write_out(std::string_view text);

// As fmt::print to stdout, of what printed() makes.
//     show("{}: {} tensors\n", path.string(), count);
template <class... Values>
void show(fmt::format_string<Values...> format, const Values&... values) {
  write_out(printed(format, values...));
}

// "net.tflite (12.3 MB)"; of a device or a pipe, which has no size, the name alone.
std::string file_and_size(const std::filesystem::path& file);

}  // namespace nnstretch::report
