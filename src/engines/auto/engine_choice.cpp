#include "engines/auto/engine_choice.h"

#include <nlohmann/json.hpp>

namespace nnstretch::engines {

std::optional<Choice> find_choice(const Choices& choices, const std::string& key) try {
  const auto entry = choices.find(key);
  if (!entry) return std::nullopt;
  return Choice{entry->at("engine").get<std::string>(),
                entry->at("us").get<std::map<std::string, double>>()};
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

void remember(const Choices& choices, const std::string& key, const Choice& choice) {
  choices.remember(key, {{"engine", choice.engine}, {"us", choice.microseconds}});
}

}  // namespace nnstretch::engines
