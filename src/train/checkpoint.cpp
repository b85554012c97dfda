#include "train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "train/optimizer_state.h"
#include "weights/weights.h"

namespace nnstretch::train {
namespace {

using weights::TorchValue;
namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "model_epoch_";

TorchValue text(std::string_view value) { return {std::string(value)}; }

TorchValue state_dict(const State& state) {
  TorchValue::Dict dict;
  for (const Entry& entry : state.entries())
    dict.push_back({text(entry.name), {to_tensor(entry.value)}});
  return {std::move(dict)};
}

[[noreturn]] void misfit(std::string what, const std::string& where) {
  throw FormatError({.what = std::move(what),
                     .where = where,
                     .fix = "give a checkpoint of this very network, or another OUT_DIR"});
}

// The numbers of a state_dict in the form of `like`.
State read_state(const TorchValue& dict, const State& like, const std::string& where) {
  const auto* entries = dict.get_if<TorchValue::Dict>();
  if (!entries) misfit("the checkpoint has no state", where);
  std::vector<Entry> read;
  for (const Entry& entry : like.entries()) {
    const TorchValue* found = dict.find(entry.name);
    const auto* tensor = found ? found->get_if<ir::Tensor>() : nullptr;
    if (!tensor) misfit(fmt::format("'{}' is missing", entry.name), where);
    if (tensor->shape != entry.value.sizes().vec())
      misfit(fmt::format("'{}' is {}, not {}", entry.name, ir::to_string(tensor->shape),
                         ir::to_string(entry.value.sizes().vec())),
             where);
    read.push_back({entry.name, from_tensor(*tensor).to(entry.value.scalar_type()), entry.kind});
  }
  if (entries->size() != read.size())
    misfit(
        fmt::format("the checkpoint has {} tensors, the network {}", entries->size(), read.size()),
        where);
  return State(std::move(read));
}

// -1 where there is none.
int read_epoch(const TorchValue& checkpoint, const std::string& where) {
  const TorchValue* epoch = checkpoint.find("epoch");
  const double number = epoch ? epoch->number().value_or(-1) : -1;
  constexpr double kMostEpochs = 1e9;
  if (!(number >= -1 && number < kMostEpochs)) misfit("its epoch makes no sense", where);
  return static_cast<int>(number);
}

void put(TorchValue& checkpoint, std::string_view key, const TorchValue& value) {
  auto& entries = std::get<TorchValue::Dict>(checkpoint.data);
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    const auto* name = entry.key.template get_if<std::string>();
    return name && *name == key;
  });
  if (found != entries.end())
    found->value = value;
  else
    entries.push_back({text(key), value});
}

double error_of(const TorchValue& checkpoint, std::string_view key) {
  const TorchValue* found = checkpoint.find(key);
  return found ? found->number().value_or(100) : 100;
}

}  // namespace

TorchValue to_checkpoint(const Learner& learner, const config::Config& config, int epoch,
                         Errors errors) {
  return {TorchValue::Dict{
      {text("epoch"), {int64_t{epoch}}},
      {text("test_err"), {errors.model}},
      {text("ema_err"), {errors.average}},
      {text("model_state"), state_dict(learner.model())},
      {text("ema_state"), state_dict(learner.average())},
      {text("optimizer_state"), to_optimizer_state(learner.optimizer(), config, epoch)},
      {text("cfg"), text(config::dump(config))}}};
}

int restore(Learner& learner, const TorchValue& checkpoint, const std::string& where) {
  const TorchValue* model = checkpoint.find("model_state");
  const TorchValue* average = checkpoint.find("ema_state");
  if (!model) misfit("no checkpoint of a training: it has no model_state", where);
  const State read_model = read_state(*model, learner.model(), where);
  const State read_average = read_state(average ? *average : *model, learner.model(), where);
  const int epoch = read_epoch(checkpoint, where);
  if (const TorchValue* optimizer = checkpoint.find("optimizer_state"))
    restore_optimizer(learner.optimizer(), learner.model(), *optimizer, where);
  learner.set_states(read_model, read_average);
  return epoch;
}

void start_from(Learner& learner, const ir::Graph& graph, const fs::path& path) {
  const auto state_of = [&](weights::Which which) {
    const auto loaded = weights::load(path, which);
    return make_state(graph, weights::select(graph, loaded.weights, path.string()));
  };
  learner.set_states(state_of(weights::Which::model), state_of(weights::Which::ema));
}

std::optional<fs::path> CheckpointFolder::newest() const {
  std::optional<fs::path> last;
  std::error_code failed;
  const fs::path folder = out_dir_ / "checkpoints";
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& path = at->path();
    if (!path.filename().string().starts_with(kPrefix) || path.extension() != ".pyth") continue;
    if (!last || last->filename() < path.filename()) last = path;
  }
  // Who takes an unreadable folder for an empty one trains anew what was trained already.
  if (failed && failed != std::errc::no_such_file_or_directory)
    throw IoError({.what = failed.message(), .where = folder.string()});
  return last;
}

bool CheckpointFolder::has_best(const State& like) const {
  const fs::path path = best();
  if (!fs::exists(path)) return false;
  const TorchValue checkpoint = weights::read_torch(path);
  const TorchValue* model = checkpoint.find("model_state");
  if (!model) misfit("no checkpoint of a training: it has no model_state", path.string());
  read_state(*model, like, path.string());
  return true;
}

// The first one is taken whole; later each of model and average is replaced when it is better.
void CheckpointFolder::update_best(const TorchValue& checkpoint, Errors errors) const {
  const fs::path path = best();
  if (!fs::exists(path)) {
    write_atomic(path, weights::to_torch(checkpoint));
    return;
  }
  TorchValue kept = weights::read_torch(path);
  if (!kept.get_if<TorchValue::Dict>()) misfit("no checkpoint", path.string());
  bool better = false;
  const auto improve = [&](std::string_view error_key, std::string_view state_key, double error) {
    if (!(error < error_of(kept, error_key))) return;
    better = true;
    put(kept, error_key, {error});
    put(kept, state_key, *checkpoint.find(state_key));
  };
  improve("test_err", "model_state", errors.model);
  improve("ema_err", "ema_state", errors.average);
  if (better) write_atomic(path, weights::to_torch(kept));
}

fs::path CheckpointFolder::save(const TorchValue& checkpoint, int epoch, Errors errors) const {
  const fs::path folder = out_dir_ / "checkpoints";
  const fs::path path = folder / fmt::format("{}{:04}.pyth", kPrefix, epoch + 1);
  update_best(checkpoint, errors);  // first: who is killed here repeats the epoch, and loses none
  write_atomic(path, weights::to_torch(checkpoint));
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with(kPrefix) && entry.path() != path)
      fs::remove(entry.path());
  return path;
}

}  // namespace nnstretch::train
