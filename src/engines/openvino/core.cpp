#include "engines/openvino/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <filesystem>
#include <openvino/core/except.hpp>
#include <openvino/core/version.hpp>
#include <thread>

#include "base/error.h"
#include "base/threads.h"

namespace nnstretch::engines::openvino {
namespace {

bool is_source_location(std::string_view line) {
  return line.starts_with("Exception from ") || line.starts_with("Check '") || line.empty();
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())))
    line.remove_prefix(1);
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())))
    line.remove_suffix(1);
  return line;
}

}  // namespace

ov::Core& core() {
  static ov::Core core;
  return core;
}

std::string device_name(std::string_view ours) {
  std::string theirs(ours);
  std::transform(theirs.begin(), theirs.end(), theirs.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return theirs;
}

std::string first_useful_line(std::string_view message) {
  std::string_view fallback = trimmed(message.substr(0, message.find('\n')));
  while (!message.empty()) {
    const auto end = message.find('\n');
    const std::string_view line = trimmed(message.substr(0, end));
    if (!is_source_location(line)) return std::string(line);
    if (!line.empty()) fallback = line;
    message.remove_prefix(end == message.npos ? message.size() : end + 1);
  }
  return std::string(fallback);
}

void translate(std::string_view what, const std::string& part,
               const std::function<void()>& work) try {
  work();
} catch (const Error&) {
  throw;
} catch (const std::exception& error) {  // ov::Exception, and what its plugins let through
  throw EngineError({.what = fmt::format("{}: {}", what, first_useful_line(error.what())),
                     .where = part,
                     .fix = "`nnstretch devices` shows which engines work here"});
}

void on_free_thread(const std::vector<int>& cores, const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread thread([&] {
    pin_this_thread(cores);
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nnstretch::engines::openvino
