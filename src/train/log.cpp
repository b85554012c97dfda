#include "train/log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace nnstretch::train {
namespace {

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

struct Print {
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{:.4f}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
};

}  // namespace

std::string json_stats(std::string_view type, const Fields& fields) {
  std::string text = fmt::format("{{\"_type\": \"{}\"", type);
  for (const auto& [key, value] : fields)
    text += fmt::format(", {}: {}", quoted(key), std::visit(Print{}, value));
  return text + "}";
}

Log Log::to_stdout() {
  Log log;
  log.out_ = {stdout, [](std::FILE*) {}};
  return log;
}

Log Log::to_file(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (!file)
    throw IoError({.what = fmt::format("cannot be written: {}", std::strerror(errno)),
                   .where = path.string()});
  Log log;
  log.out_ = {file, [](std::FILE* open) { std::fclose(open); }};
  return log;
}

void Log::line(std::string_view text, std::source_location from) const {
  if (!out_) return;
  const std::string file = std::filesystem::path(from.file_name()).filename();
  fmt::print(out_.get(), "[{}: {:3}]: {}\n", file, from.line(), text);
  std::fflush(out_.get());
}

}  // namespace nnstretch::train
