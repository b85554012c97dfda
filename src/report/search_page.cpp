#include "report/search_page.h"

#include <algorithm>

namespace nnstretch::report {
namespace {

using search::PredictedPiece;
using search::Prediction;
using search::Predictor;

struct Part {
  std::string name;
  const PredictedPiece* piece;
};

// In the order of the network: "stem", "s1", "s1 meeting", ..., "head".
std::vector<Part> parts_of(const Prediction& prediction) {
  std::vector<Part> parts = {{"stem", &prediction.stem}};
  for (size_t i = 0; i < prediction.stages.size(); ++i) {
    const auto& stage = prediction.stages[i];
    const std::string name = fmt::format("s{}", i + 1);
    for (const auto& branch : stage.branches) parts.push_back({name, &branch});
    if (stage.meeting) parts.push_back({name + " meeting", &*stage.meeting});
  }
  parts.push_back({"head", &prediction.head});
  return parts;
}

Json json_of(const Prediction& prediction) {
  Json parts = Json::array();
  for (const auto& [name, piece] : parts_of(prediction))
    parts.push_back({{"part", name},
                     {"role", piece->role},
                     {"processor", piece->kind},
                     {"depth", piece->piece.depth},
                     {"width", piece->piece.width},
                     {"w_in", piece->piece.w_in},
                     {"us", to_nanoseconds(piece->us)}});
  return {{"us", to_nanoseconds(prediction.us())}, {"parts", parts}};
}

// Of which machine the numbers are, and how far they err.
Json about(const Predictor& predictor) {
  const search::Profile& profile = predictor.profile();
  Json errors = Json::array(), factors = Json::object();
  for (const auto& one : held_out_errors(profile, predictor.latencies()))
    errors.push_back({{"processor", one.kind},
                      {"points", one.points},
                      {"median", one.median},
                      {"worst", one.worst}});
  for (const auto& one : profile.together) factors[one.kind] = one.factor;
  return {{"file", profile.name},
          {"machine", profile.machine.name},
          {"model", profile.machine.model ? Json(*profile.machine.model) : Json(nullptr)},
          {"time", profile.machine.time},
          {"held_out", errors},
          {"together", factors}};
}

void add_about(Page& page, const Predictor& predictor) {
  const search::Profile& profile = predictor.profile();
  page.line("predicted by {}, a profile of {}", profile.name, profile.machine.name);
  if (profile.machine.model) {
    page.line("a model, nothing of it was measured: {}", *profile.machine.model);
    return;
  }
  const auto errors = held_out_errors(profile, predictor.latencies());
  if (errors.empty()) page.line("how far predictions err is not known: no points were held out");
  for (const auto& one : errors)
    page.line(
        "predictions for {} err by {:.1f} % in the median, {:.1f} % at worst: {} points held out",
        one.kind, 100 * one.median, 100 * one.worst, one.points);
  for (const auto& one : profile.together)
    page.line("{} is {:.2f} x slower while all others work, which is counted", one.kind,
              one.factor);
}

std::string us(double value) { return fmt::format("{:.1f}", value); }
std::string share(double value) { return fmt::format("{:.2f}", value); }

std::string words_of(const PredictedPiece& branch) {
  return fmt::format("{} {}x{}", branch.role, branch.piece.depth, branch.piece.width);
}

void add_stages(Page& page, const search::Network& network) {
  Table& table =
      page.table({"part", "branches", "us", "multiply-adds", "parameters"}, {true, true});
  const Prediction& prediction = network.prediction;
  table.add({"stem", prediction.stem.role, us(prediction.stem.us), "", ""});
  for (size_t i = 0; i < prediction.stages.size(); ++i) {
    const auto& stage = prediction.stages[i];
    std::string branches;
    for (const auto& branch : stage.branches)
      branches +=
          fmt::format("{}{} {} us", branches.empty() ? "" : " + ", words_of(branch), us(branch.us));
    table.add({fmt::format("s{}", i + 1), branches, us(stage.us()),
               share(network.stages[i].multiply_adds), share(network.stages[i].parameters)});
  }
  table.add({"head", prediction.head.role, us(prediction.head.us), "", ""});
  table.add({"all", "", us(prediction.us()), share(network.all.multiply_adds),
             share(network.all.parameters)});
}

double least_share(const search::Network& network) {
  return std::ranges::min_element(network.stages, {}, &search::Shares::multiply_adds)
      ->multiply_adds;
}

}  // namespace

Report report_of(const std::vector<PredictedNetwork>& networks, const Predictor& predictor) {
  Report report{
      .page = {},
      .json = {{"schema", 1}, {"profile", about(predictor)}, {"networks", Json::array()}}};
  Table& table =
      report.page.table({"network", "part", "role", "processor", "us"}, {true, true, true, true});
  for (const auto& [cfg, prediction] : networks) {
    for (const auto& [name, piece] : parts_of(prediction))
      table.add({cfg, name, piece->role, piece->kind, us(piece->us)});
    table.add({cfg, "all", "", "", us(prediction.us())});
    Json json = json_of(prediction);
    json["cfg"] = cfg;
    report.json["networks"].push_back(json);
  }
  add_about(report.page, predictor);
  return report;
}

Report report_of(const SearchReport& search, const Predictor& predictor) {
  const auto& [net, result, files, plain_measured] = search;
  Report report{.page = {}, .json = {{"schema", 1}, {"net", net}, {"profile", about(predictor)}}};
  Page& page = report.page;
  const double plain_us = result.plain.at(0).us, best_us = result.networks.at(0).prediction.us();
  if (plain_us <= best_us)
    page.line("the plain network on {} alone is the fastest: {:.1f} us, branches {:.1f} us",
              result.plain[0].role, plain_us, best_us);
  for (const auto& warning : result.warnings) page.line("{}", warning);
  if (!result.proven)
    page.line("not proven: there may be one that is better by up to {:.2f} %", 100 * result.gap);
  Table& table = page.table({"network", "predicted us", "measured us", "faster than plain",
                             "multiply-adds", "parameters", "least stage"});
  Json found = Json::array();
  for (size_t i = 0; i < result.networks.size(); ++i) {
    const search::Network& one = result.networks[i];
    const auto& measured = files.at(i).measured_us;
    table.add({files.at(i).file.string(), us(one.prediction.us()), measured ? us(*measured) : "",
               fmt::format("{:.3f}", plain_us / one.prediction.us()),
               fmt::format("{:.3f}", one.all.multiply_adds), share(one.all.parameters),
               share(least_share(one))});
    Json json = json_of(one.prediction);
    json["file"] = files[i].file.string();
    json["name"] = nets::Elastic::name_of(one.size);
    json["measured_us"] = nnstretch::to_json(measured);
    json["multiply_adds"] = one.all.multiply_adds;
    json["parameters"] = one.all.parameters;
    json["stages"] = Json::array();
    for (const auto& stage : one.stages)
      json["stages"].push_back(
          {{"multiply_adds", stage.multiply_adds}, {"parameters", stage.parameters}});
    found.push_back(std::move(json));
  }
  for (size_t i = 0; i < result.plain.size(); ++i) {
    const auto& one = result.plain[i];
    const auto measured = i < plain_measured.size() ? plain_measured[i] : std::nullopt;
    table.add({fmt::format("{} on {} ({})", net, one.role, one.kind), us(one.us),
               measured ? us(*measured) : "", fmt::format("{:.3f}", plain_us / one.us), "1.000",
               "1.00", "1.00"});
  }
  page.space();
  page.line("the first, by stage; multiply-adds and parameters are shares of the plain network's");
  add_stages(page, result.networks[0]);
  if (result.proven)
    page.line("proven: of all widths, depths and orders of processors none is better");
  add_about(page, predictor);
  report.json["networks"] = std::move(found);
  report.json["proven"] = result.proven;
  report.json["gap"] = result.gap;
  report.json["warnings"] = result.warnings;
  report.json["plain"] = Json::array();
  for (size_t i = 0; i < result.plain.size(); ++i)
    report.json["plain"].push_back(
        {{"role", result.plain[i].role},
         {"processor", result.plain[i].kind},
         {"us", to_nanoseconds(result.plain[i].us)},
         {"measured_us",
          nnstretch::to_json(i < plain_measured.size() ? plain_measured[i] : std::nullopt)}});
  return report;
}

}  // namespace nnstretch::report
