// Which engine was fastest for a part, as it is remembered.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "base/choices.h"

namespace nnstretch::engines {

struct Choice {
  std::string engine;
  std::map<std::string, double> microseconds;  // of every engine that was timed; may be empty
};

// Nothing if it is not remembered, or not understood.
std::optional<Choice> find_choice(const Choices& choices, const std::string& key);
void remember(const Choices& choices, const std::string& key, const Choice& choice);

}  // namespace nnstretch::engines
