#include "base/choices.h"

#include "base/error.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"

namespace nnstretch {
namespace {

using nlohmann::json;

constexpr int kSchema = 1;

// The choices by key; none of a file that is not there, or of another version of this program.
json load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return json::object();
  try {
    const json file = parse_json(read_text(path), path.string());
    if (file.at("schema") != kSchema) return json::object();
    if (const json& choices = file.at("choices"); choices.is_object()) return choices;
    throw FormatError({.what = "'choices' is no object", .where = path.string()});
  } catch (const IoError&) {
    throw;
  } catch (const std::exception& error) {  // ours, or one of the JSON library
    log::warn("{}: not understood ({}); what it chose is chosen anew", path.string(), error.what());
    return json::object();
  }
}

}  // namespace

std::optional<json> Choices::find(const std::string& key) const {
  if (file_.empty()) return std::nullopt;
  try {
    const json choices = load(file_);
    if (const auto found = choices.find(key); found != choices.end()) return *found;
  } catch (const Error& error) {
    log::warn("{}", error.what());
  }
  return std::nullopt;
}

void Choices::remember(const std::string& key, const json& choice) const {
  if (file_.empty()) return;
  try {
    std::filesystem::create_directories(file_.parent_path());
    const FileLock lock(file_.string() + ".lock", {});  // those that only read need none
    json choices = load(file_);
    choices[key] = choice;
    write_atomic(file_, json_text(json{{"schema", kSchema}, {"choices", choices}}) + "\n");
  } catch (const std::exception& error) {
    log::warn("a choice is not remembered: {}", error.what());
  }
}

void forget_choices(const std::filesystem::path& cache) {
  for (const char* name : {kEngineChoices, kPlanChoices}) {
    std::error_code error;
    std::filesystem::remove(cache / name, error);
    if (error)
      throw IoError({.what = "cannot remove it: " + error.message(), .where = cache / name});
  }
}

}  // namespace nnstretch
