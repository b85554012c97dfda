#include "pipeline/row_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/cpu.h"
#include "base/csv.h"
#include "base/files.h"
#include "base/hash.h"
#include "version.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

std::string digest_of(const fs::path& file) { return Hash().add(read_bytes(file)).hex(); }

// Versions of what may compute: of the engine that is named; of all where a machine file or `auto`
// may choose any.
std::string engines_of(const plan::Placing& placing, const engines::EngineList& engines) {
  std::vector<std::string> versions;
  for (const auto& engine : engines.all())
    if (engine->name() == placing.engine || placing.engine == "auto" || !placing.machine.empty())
      if (const std::string version = engine->version(); !version.empty())
        versions.push_back(fmt::format("{} {}", engine->name(), version));
  return fmt::format("{}", fmt::join(versions, ", "));
}

// Quoted where a word has a comma: other words are another line.
std::string one_line(const std::vector<std::string>& words) {
  std::string line = csv::line(words);
  line.pop_back();
  return line;
}

std::string pictures_of(const CalibrationOptions& calibration) {
  Hash hash;
  for (const auto& image : calibration_files(calibration)) hash.add(read_bytes(image));
  return hash.hex();
}

}  // namespace

std::string NamedInputs::key() const {
  Hash hash;
  for (const auto& [name, value] : named) hash.add(name).add(value);
  return hash.hex();
}

std::string NamedInputs::difference_to(const std::map<std::string, std::string>& before) const {
  if (before.empty()) return {};
  for (const auto& [name, value] : named) {
    const auto old = before.find(name);
    if (old == before.end()) return fmt::format("{}: {}", name, value);
    if (old->second != value) return fmt::format("{}: {} -> {}", name, old->second, value);
  }
  for (const auto& [name, value] : before)
    if (!named.contains(name)) return fmt::format("{}: no more {}", name, value);
  return {};
}

RowInputs inputs_of(const fs::path& cfg, const config::Config& config, const RunOptions& options,
                    const plan::Surroundings& here) {
  std::map<std::string, std::string> model;
  model["program"] = NNSTRETCH_VERSION;
  model["configuration"] = digest_of(cfg);
  if (!options.overrides.empty()) model["overrides"] = one_line(options.overrides);
  const auto weights =
      options.network.weights.empty() ? fs::path(config.test.weights) : options.network.weights;
  model["weights"] = weights.empty() ? "made up" : digest_of(weights);
  model["pictures"] = pictures_of(on_own_pictures(options.calibration, config));
  model["calibration"] = describe(options.calibration);
  model["im_size"] = std::to_string(options.network.im_size);

  const plan::Placing& placing = options.bench.placing;
  std::map<std::string, std::string> row = model;
  row["runs"] = fmt::format("{} after {}{}", options.bench.num_runs, options.bench.warmup_runs,
                            options.bench.sequential ? ", sequential" : "");
  row["placing"] = plan::digest(placing);
  if (options.bench.cool_down) row["cool_down"] = measure::words_of(*options.bench.cool_down);
  if (!options.bench.governor.empty()) row["governor"] = options.bench.governor;
  if (options.bench.sustained_s > 0) row["sustained"] = std::to_string(options.bench.sustained_s);
  const measure::EnergyOptions usual, &energy = options.bench.energy;
  if (energy.source != usual.source || energy.seconds != usual.seconds)
    row["energy"] = fmt::format("{}, {} s", energy.source, energy.seconds);
  if (options.elsewhere.empty()) {
    row["cores"] = fmt::format("{}", fmt::join(here.cores(), ", "));
    row["cpu"] = fmt::format("{} ({})", cpu_model(), cpu_instructions());
    row["engines"] = engines_of(placing, here.engines);
  }
  row.insert(options.elsewhere.begin(), options.elsewhere.end());
  if (!options.trace_folder.empty()) row["trace"] = fs::absolute(options.trace_folder).string();
  if (!options.input_image.empty()) row["input"] = digest_of(options.input_image);
  if (options.accuracy) row["data set"] = options.accuracy_of_what;
  return {{model}, {row}};
}

}  // namespace nnstretch::pipeline
