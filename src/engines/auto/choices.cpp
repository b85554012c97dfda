#include "engines/auto/choices.h"

#include "base/error.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"

namespace nnstretch::engines {
namespace {

using nlohmann::json;

constexpr int kSchema = 1;

std::map<std::string, Choice> parse(const std::string& text, const std::string& where) {
  const json file = parse_json(text, where);
  if (file.at("schema") != kSchema) return {};  // of another version of this program
  std::map<std::string, Choice> choices;
  for (const auto& [key, entry] : file.at("choices").items())
    choices[key] = {entry.at("engine").get<std::string>(),
                    entry.at("us").get<std::map<std::string, double>>()};
  return choices;
}

std::map<std::string, Choice> load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  try {
    return parse(read_text(path), path.string());
  } catch (const std::exception& error) {  // ours, or one of the JSON library
    log::warn("{}: not understood ({}); engines are compared anew", path.string(), error.what());
    return {};
  }
}

std::string print(const std::map<std::string, Choice>& choices) {
  json entries = json::object();
  for (const auto& [key, choice] : choices)
    entries[key] = {{"engine", choice.engine}, {"us", choice.microseconds}};
  return json_text(json{{"schema", kSchema}, {"choices", entries}}) + "\n";
}

}  // namespace

std::optional<Choice> Choices::find(const std::string& key) const {
  if (file_.empty()) return std::nullopt;
  try {
    const auto choices = load(file_);
    if (const auto found = choices.find(key); found != choices.end()) return found->second;
  } catch (const Error& error) {
    log::warn("{}", error.what());
  }
  return std::nullopt;
}

void Choices::remember(const std::string& key, const Choice& choice) const {
  if (file_.empty()) return;
  try {
    std::filesystem::create_directories(file_.parent_path());
    const FileLock lock(file_.string() + ".lock", {});  // those that only read need none
    auto choices = load(file_);
    choices[key] = choice;
    write_atomic(file_, print(choices));
  } catch (const std::exception& error) {
    log::warn("the choice of an engine is not remembered: {}", error.what());
  }
}

}  // namespace nnstretch::engines
