#include "train/log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json.h"
#include "config/keys.h"

namespace nnstretch::train {
namespace {

IoError not_written(const std::string& where) {
  return IoError(
      {.what = fmt::format("cannot be written: {}", std::strerror(errno)), .where = where});
}

constexpr int kOneLine = -1;

std::string quoted(const std::string& text) { return json_text(nlohmann::json(text), kOneLine); }

struct Print {
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{:.4f}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
};

nlohmann::json as_json(const config::Value& value) {
  const auto json = [](const auto& plain) -> nlohmann::json {
    using Plain = std::remove_cvref_t<decltype(plain)>;
    if constexpr (std::is_same_v<Plain, config::Value::Null>) {
      return nullptr;
    } else if constexpr (std::is_same_v<Plain, config::List>) {
      auto list = nlohmann::json::array();
      for (const config::Value& item : plain) list.push_back(as_json(item));
      return list;
    } else {
      return plain;
    }
  };
  return std::visit(json, value.data);
}

}  // namespace

std::string json_stats(std::string_view type, const Fields& fields) {
  std::string text = fmt::format("{{\"_type\": \"{}\"", type);
  for (const auto& [key, value] : fields)
    text += fmt::format(", {}: {}", quoted(key), std::visit(Print{}, value));
  return text + "}";
}

std::string json_stats(const config::Config& config) {
  nlohmann::json all = {{"_type", "cfg"}};
  config::for_each_key(config, [&](const std::string& name, const auto& value) {
    const size_t dot = name.find('.');
    auto& place = dot == name.npos ? all[name] : all[name.substr(0, dot)][name.substr(dot + 1)];
    place = as_json(config::Value(value));
  });
  return json_text(all, kOneLine);
}

Log Log::to_stdout() {
  Log log;
  log.name_ = "standard output";
  log.out_ = {stdout, [](std::FILE*) {}};
  return log;
}

Log Log::to_file(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (!file) throw not_written(path.string());
  Log log;
  log.name_ = path.string();
  log.out_ = {file, [](std::FILE* open) { std::fclose(open); }};
  return log;
}

void Log::line(std::string_view text, std::source_location from) const {
  if (!out_) return;
  const std::string file = std::filesystem::path(from.file_name()).filename();
  const std::string whole = fmt::format("[{}: {:3}]: {}\n", file, from.line(), text);
  if (std::fputs(whole.c_str(), out_.get()) < 0 || std::fflush(out_.get()) != 0)
    throw not_written(name_);
}

}  // namespace nnstretch::train
