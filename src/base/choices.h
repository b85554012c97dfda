// What was found to be the fastest, remembered from one run of the program to the next: values by
// key in a JSON file.
//     const Choices choices(cache / "plans.json");
//     if (const auto known = choices.find(key)) return use(*known);
//     choices.remember(key, {{"plan", "whole"}});
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace nnstretch {

// A file that several processes and threads may use at once. Losing it costs only time, so nothing
// here throws: a file that cannot be understood is replaced, one that cannot be read or written is
// left alone, both with a warning.
class Choices {
 public:
  // An empty path: nothing is remembered.
  explicit Choices(std::filesystem::path file = {}) : file_(std::move(file)) {}

  std::optional<nlohmann::json> find(const std::string& key) const;
  // Keeps what other processes have written meanwhile.
  void remember(const std::string& key, const nlohmann::json& choice) const;

 private:
  std::filesystem::path file_;
};

// The files in the cache folder.
inline constexpr const char* kEngineChoices = "engines.json";
inline constexpr const char* kPlanChoices = "plans.json";
// Removes both: all is chosen anew. IoError for a file that cannot be removed.
void forget_choices(const std::filesystem::path& cache);

}  // namespace nnstretch
