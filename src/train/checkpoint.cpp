#include "train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "train/optimizer_state.h"
#include "weights/weights.h"

namespace nnstretch::train {
namespace {

using weights::TorchValue;
namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "model_epoch_", kWithin = "within_epoch_";

// The epoch a file of a checkpoint is of, from 1; of one within an epoch a half less. 0: none.
double epoch_of(const fs::path& path) {
  const std::string name = path.stem().string();
  if (path.extension() != ".pyth") return 0;
  for (const std::string_view prefix : {kPrefix, kWithin})
    if (name.starts_with(prefix))
      return std::strtod(name.c_str() + prefix.size(), nullptr) - (prefix == kWithin ? 0.5 : 0);
  return 0;
}

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
    const Tensor value = from_tensor(*tensor);
    if (!value.isfinite().all().item<bool>())
      misfit(fmt::format("'{}' has values that are no numbers (NaN or infinite)", entry.name),
             where);
    read.push_back({entry.name, value.to(entry.value.scalar_type()), entry.kind});
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

TorchValue to_checkpoint_within(const Learner& learner, const config::Config& config, int epoch,
                                int steps) {
  TorchValue checkpoint = to_checkpoint(learner, config, epoch, {});
  put(checkpoint, "steps_within", {int64_t{steps}});
  return checkpoint;
}

int steps_within(const TorchValue& checkpoint, const std::string& where) {
  const TorchValue* steps = checkpoint.find("steps_within");
  if (!steps) return 0;
  const auto* number = steps->get_if<int64_t>();
  if (!number || *number < 0 || *number > INT32_MAX) misfit("its steps make no sense", where);
  return static_cast<int>(*number);
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

namespace {

constexpr std::string_view kClassifier = "head.fc.";

// `store` with the classifier of `own`.
ir::WeightStore with_classifier(const ir::WeightStore& store, const State& own) {
  ir::WeightStore joined;
  for (const auto& [name, tensor] : store)
    if (!name.starts_with(kClassifier)) joined.set(name, tensor);
  for (const Entry& entry : own.entries())
    if (entry.name.starts_with(kClassifier)) joined.set(entry.name, to_tensor(entry.value));
  return joined;
}

// Whether all that does not fit is the classifier's shape.
bool lacks_only_the_classifier(const weights::Match& match) {
  return match.missing.empty() && match.left_over.empty() && match.not_real.empty() &&
         !match.misshapen.empty() &&
         std::all_of(match.misshapen.begin(), match.misshapen.end(),
                     [](const auto& misfit) { return misfit.name.starts_with(kClassifier); });
}

void check_finite(const State& state, const std::string& where) {
  for (const Entry& entry : state.entries())
    if (!entry.value.isfinite().all().item<bool>())
      throw FormatError(
          {.what = fmt::format("'{}' has values that are no numbers (NaN or infinite)", entry.name),
           .where = where,
           .fix = "give weights of a training that went well"});
}

}  // namespace

std::string start_from(Learner& learner, const ir::Graph& graph, const fs::path& path,
                       bool new_head) {
  std::string head = "none";
  const auto state_of = [&](weights::Which which) {
    ir::WeightStore store =
        weights::under_own_names(graph, weights::load(path, which).weights, path.string());
    if (const ir::Tensor* kernel = store.find("head.fc.weight"))
      head = ir::to_string(kernel->shape);
    if (!new_head && lacks_only_the_classifier(weights::match(graph, store)))
      throw ShapeError(
          {.what = fmt::format(
               "the classifier of these weights is {}, the network's {}", head,
               ir::to_string(
                   learner.model()[learner.model().index_of("head.fc.weight")].sizes().vec())),
           .where = path.string(),
           .fix = "`new_head` keeps all but the classifier; or give MODEL.NUM_CLASSES "
                  "of the weights"});
    if (new_head) store = with_classifier(store, learner.model());
    State state = make_state(graph, weights::select(graph, store, path.string()));
    check_finite(state, path.string());
    return state;
  };
  const State model = state_of(weights::Which::model);
  learner.set_states(model, state_of(weights::Which::ema));
  return head;
}

std::optional<fs::path> CheckpointFolder::newest() const {
  std::optional<fs::path> last;
  std::error_code failed;
  const fs::path folder = out_dir_ / "checkpoints";
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& path = at->path();
    if (epoch_of(path) > (last ? epoch_of(*last) : 0)) last = path;
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

void CheckpointFolder::remove_all_but(const fs::path& kept) const {
  for (const auto& entry : fs::directory_iterator(kept.parent_path()))
    if (epoch_of(entry.path()) > 0 && entry.path() != kept) fs::remove(entry.path());
}

fs::path CheckpointFolder::save(const TorchValue& checkpoint, int epoch, Errors errors) const {
  const fs::path folder = out_dir_ / "checkpoints";
  const fs::path path = folder / fmt::format("{}{:04}.pyth", kPrefix, epoch + 1);
  update_best(checkpoint, errors);  // first: who is killed here repeats the epoch, and loses none
  write_atomic(path, weights::to_torch(checkpoint));
  remove_all_but(path);
  return path;
}

fs::path CheckpointFolder::save_within(const TorchValue& checkpoint, int epoch) const {
  const fs::path path = out_dir_ / "checkpoints" / fmt::format("{}{:04}.pyth", kWithin, epoch + 1);
  write_atomic(path, weights::to_torch(checkpoint));
  return path;
}

}  // namespace nnstretch::train
