// Which engine was fastest for a part, remembered from one run of the program to the next.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace nnstretch::engines {

struct Choice {
  std::string engine;
  std::map<std::string, double> microseconds;  // of every engine that was timed; may be empty
  bool operator==(const Choice&) const = default;
};

// A JSON file that several processes and threads may use at once. Losing it costs only time, so
// nothing here throws: a file that cannot be understood is replaced, one that cannot be read or
// written is left alone, both with a warning.
class Choices {
 public:
  // An empty path: nothing is remembered.
  explicit Choices(std::filesystem::path file) : file_(std::move(file)) {}
  std::optional<Choice> find(const std::string& key) const;
  // Keeps what other processes have written meanwhile.
  void remember(const std::string& key, const Choice& choice) const;

 private:
  std::filesystem::path file_;
};

}  // namespace nnstretch::engines
