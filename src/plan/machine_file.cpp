// Machine files: YAML in, checked field by field, and out.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "plan/machine.h"

namespace nnstretch::plan {
namespace {

using engines::Precision;
using engines::Processor;

constexpr std::array<std::string_view, 9> kKeys = {
    "name", "role", "also", "engine", "device", "cores", "threads", "precision", "stand_in"};

class MachineReader {
 public:
  MachineReader(const std::string& where, const Topology& topology, const engines::Engines& engines)
      : where_(where), topology_(topology) {
    engine_names_ = {"auto"};
    for (const auto& engine : engines) engine_names_.push_back(engine->name());
  }

  Machine read(const std::string& text) {
    const YAML::Node root = load(text);
    if (!root.IsMap()) refuse(root, "the file is not a map with the key 'processors'");
    for (const auto& entry : root)
      if (word(entry.first, "a key") != "processors")
        refuse(entry.first, fmt::format("unknown key '{}'", entry.first.Scalar()), "processors");
    const YAML::Node list = root["processors"];
    if (!list.IsDefined() || !list.IsSequence() || list.size() == 0)
      refuse(list.IsDefined() ? list : root, "'processors' is not a list of processors");
    for (const auto& entry : list) add(entry);
    return std::move(machine_);
  }

 private:
  YAML::Node load(const std::string& text) const {
    try {
      return YAML::Load(text);
    } catch (const YAML::DeepRecursion&) {
      throw ConfigError({.what = "nested deeper than a machine file is", .where = where_});
    } catch (const YAML::Exception& error) {
      throw ConfigError(
          {.what = error.msg, .where = fmt::format("{}:{}", where_, error.mark.line + 1)});
    }
  }

  void add(const YAML::Node& entry) {
    if (!entry.IsMap()) refuse(entry, "a processor is not a map");
    std::set<std::string> seen;
    for (const auto& field : entry) {
      const std::string key = word(field.first, "a key");
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
        refuse(field.first, fmt::format("a processor has no key '{}'", key), one_of(kKeys));
      if (!seen.insert(key).second) refuse(field.first, fmt::format("'{}' is given twice", key));
    }
    Processor processor;
    processor.name = name(required(entry, "name"));
    processor.role = plain(required(entry, "role"), "a role");
    if (entry["engine"]) processor.engine = engine(entry["engine"]);
    if (entry["device"]) processor.device = plain(entry["device"], "a device");
    if (entry["cores"]) processor.cores = cores(entry["cores"]);
    if (entry["precision"]) processor.precision = precision(entry["precision"]);
    if (entry["stand_in"]) processor.stand_in = boolean(entry["stand_in"]);
    processor.threads = entry["threads"]
                            ? threads(entry["threads"], processor)
                            : std::max<int>(1, static_cast<int>(processor.cores.size()));
    if (entry["also"]) also(entry["also"]);
    if (processor.stand_in)
      machine_.notes.push_back(
          {processor.name, fmt::format("{} stands in for {}, says the machine file", processor.name,
                                       processor.role)});
    machine_.processors.push_back(std::move(processor));
  }

  YAML::Node required(const YAML::Node& entry, const char* key) const {
    if (!entry[key]) refuse(entry, fmt::format("a processor has no '{}'", key));
    return entry[key];
  }

  std::string word(const YAML::Node& node, std::string_view what) const {
    if (!node.IsScalar()) refuse(node, fmt::format("{} is not one word", what));
    return node.Scalar();
  }

  // Words that need no quotes where they are written again.
  std::string plain(const YAML::Node& node, std::string_view what) const {
    const std::string text = word(node, what);
    const auto is_plain = [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '-' || c == '.';
    };
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_plain))
      refuse(node, fmt::format("'{}' is not {}", text, what),
             "use letters, digits, '_', '-' and '.'");
    return text;
  }

  std::string name(const YAML::Node& node) const {
    const std::string text = plain(node, "a name");
    for (const Processor& other : machine_.processors)
      if (other.name == text) refuse(node, fmt::format("two processors are named '{}'", text));
    return text;
  }

  std::string engine(const YAML::Node& node) const {
    const std::string text = word(node, "an engine");
    if (std::find(engine_names_.begin(), engine_names_.end(), text) == engine_names_.end())
      refuse(node, fmt::format("there is no engine '{}'", text), one_of(engine_names_));
    return text;
  }

  Precision precision(const YAML::Node& node) const {
    const std::string text = word(node, "a precision");
    if (const auto known = engines::precision_of(text)) return *known;
    std::vector<std::string_view> names;
    for (const Precision known : engines::kPrecisions) names.push_back(name_of(known));
    refuse(node, fmt::format("there is no precision '{}'", text), one_of(names));
  }

  bool boolean(const YAML::Node& node) const {
    const std::string text = word(node, "stand_in");
    if (text == "true") return true;
    if (text == "false") return false;
    refuse(node, fmt::format("'{}' is neither true nor false", text));
  }

  int number(const YAML::Node& node, std::string_view what) const {
    const std::string text = word(node, what);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      refuse(node, fmt::format("'{}' is not {}", text, what));
    return value;
  }

  std::vector<int> cores(const YAML::Node& node) const {
    if (!node.IsSequence()) refuse(node, "'cores' is not a list", "write it like [0, 1]");
    std::set<int> cores;
    for (const auto& entry : node) {
      const int core = number(entry, "a core");
      if (!topology_.find(core))
        refuse(entry, fmt::format("there is no core {} that may be used", core), all_cores());
      if (!cores.insert(core).second) refuse(entry, fmt::format("core {} is given twice", core));
    }
    return {cores.begin(), cores.end()};
  }

  int threads(const YAML::Node& node, const Processor& processor) const {
    const int threads = number(node, "a number of threads");
    if (threads == 0) refuse(node, "a processor needs a thread");
    const size_t cores = processor.cores.empty() ? topology_.cores.size() : processor.cores.size();
    if (static_cast<size_t>(threads) > cores)
      refuse(node, fmt::format("{} threads on {} cores", threads, cores),
             processor.cores.empty() ? all_cores() : "give it as many cores");
    return threads;
  }

  void also(const YAML::Node& node) {
    const YAML::Node list = node.IsScalar() ? YAML::Node(YAML::NodeType::Sequence) : node;
    if (!list.IsSequence()) refuse(node, "'also' is not a list of roles");
    const auto add_role = [&](const YAML::Node& role) {
      if (!machine_.also.emplace(plain(role, "a role"), machine_.processors.size()).second)
        refuse(role, fmt::format("two processors also play '{}'", role.Scalar()));
    };
    if (node.IsScalar())
      add_role(node);
    else
      for (const auto& role : node) add_role(role);
  }

  template <class Names>
  static std::string one_of(const Names& names) {
    return fmt::format("choose one of {}", fmt::join(names, ", "));
  }
  std::string all_cores() const {
    std::vector<int> ids;
    for (const Core& core : topology_.cores) ids.push_back(core.id);
    return fmt::format("this process may use {}", fmt::join(ids, ", "));
  }

  [[noreturn]] void refuse(const YAML::Node& node, std::string what, std::string fix = {}) const {
    throw ConfigError({.what = std::move(what),
                       .where = fmt::format("{}:{}", where_, std::max(node.Mark().line, 0) + 1),
                       .fix = std::move(fix)});
  }

  const std::string& where_;
  const Topology& topology_;
  std::vector<std::string> engine_names_;
  Machine machine_;
};

std::vector<std::string> other_roles(const Machine& machine, size_t processor) {
  std::vector<std::string> roles;
  for (const auto& [role, index] : machine.also)
    if (index == processor) roles.push_back(role);
  return roles;
}

}  // namespace

Machine parse_machine(const std::string& text, const std::string& where, const Topology& topology,
                      const engines::Engines& engines) {
  return MachineReader(where, topology, engines).read(text);
}

Machine read_machine(const std::filesystem::path& path, const Surroundings& here) {
  return parse_machine(read_text(path), path.string(), here.topology, here.engines.all());
}

std::string write_machine(const Machine& machine) {
  std::string text = "processors:\n";
  for (size_t i = 0; i < machine.processors.size(); ++i) {
    const Processor& p = machine.processors[i];
    text += fmt::format("  - {{name: {}, role: {}", p.name, p.role);
    if (const auto also = other_roles(machine, i); !also.empty())
      text += fmt::format(", also: [{}]", fmt::join(also, ", "));
    text += fmt::format(", engine: {}, device: {}", p.engine, p.device);
    if (!p.cores.empty()) text += fmt::format(", cores: [{}]", fmt::join(p.cores, ", "));
    text += fmt::format(", threads: {}, precision: {}", p.threads, name_of(p.precision));
    if (p.stand_in) text += ", stand_in: true";
    text += "}\n";
  }
  return text;
}

}  // namespace nnstretch::plan
