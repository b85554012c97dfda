// The engines that this program knows, one line each in list.cpp.
#pragma once
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/topology.h"
#include "engines/engine.h"

namespace nnstretch::engines {

using Engines = std::vector<std::shared_ptr<const Engine>>;

// Those of modules, in the order in which they are shown.
inline constexpr std::array<const char*, 3> kModules = {"openvino", "litert", "qnn"};

// Whether an engine, `auto` too, was not left out of the build. Opens none.
bool is_built(std::string_view name);

// Engines by name. A value: copies are the same list. An engine lives as long as a copy does, and
// whatever is made with an engine must not live longer.
class EngineList {
 public:
  struct Options {
    // Where libraries lie that no module is linked with; empty: as library_folder() says.
    std::filesystem::path libraries = {};
    // Where `auto` keeps what it chose. None given: in the cache folder, if there is one. An empty
    // path: nowhere.
    std::optional<std::filesystem::path> choices = {};
  };
  using Find = std::function<const Engine&(std::string_view name)>;

  // Those of this build. None is opened yet.
  explicit EngineList(const Options& options);
  // Those of a test, `find` perhaps with other rules than names.
  EngineList(Engines all, Find find);

  // Every engine, `auto` not among them; one that was left out of the build says so as its device.
  // Where an engine stands here is where it is shown, and means nothing else.
  const Engines& all() const;
  // Those that `auto` chooses from; of the others it is said once why they cannot be opened.
  const Engines& raced() const;
  // By name, `auto` too; EngineError listing the names if there is none.
  const Engine& find(std::string_view name) const;
  // The first of these that can use the CPU; says so, once, if it is not the first of all.
  // EngineError with the reasons if none can.
  const Engine& find_usable(std::span<const std::string_view> names) const;

 private:
  struct List;
  std::shared_ptr<const List> list_;
};

}  // namespace nnstretch::engines
