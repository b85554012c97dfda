#include "formats/metadata.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace nnstretch::formats {
namespace {

using nlohmann::json;
using Places = std::vector<ir::Place>;

constexpr int kSchema = 1;

// 0.485, not 0.48500001430511475: the shortest decimal that is this float.
double shortest(float value) { return std::stod(fmt::format("{}", value)); }

json to_json(const image::Preprocess& p, bool assumed) {
  const auto three = [](const std::array<float, 3>& values) {
    return json{shortest(values[0]), shortest(values[1]), shortest(values[2])};
  };
  json out = {{"resize", p.resize},
              {"crop", p.crop},
              {"mean", three(p.mean)},
              {"std", three(p.std)},
              {"colour", p.colour == image::Colour::rgb ? "rgb" : "bgr"}};
  if (assumed) out["assumed"] = true;
  return out;
}

std::array<float, 3> three_floats(const json& j) {
  const auto values = j.get<std::vector<float>>();
  if (values.size() != 3) throw FormatError({.what = "mean and std have three values each"});
  return {values[0], values[1], values[2]};
}

image::Preprocess preprocess_from(const json& j) {
  image::Preprocess out;
  out.resize = j.at("resize").get<int>();
  out.crop = j.at("crop").get<int>();
  out.mean = three_floats(j.at("mean"));
  out.std = three_floats(j.at("std"));
  const auto colour = j.at("colour").get<std::string>();
  if (colour != "rgb" && colour != "bgr")
    throw FormatError({.what = fmt::format("'{}' is no colour order", colour)});
  out.colour = colour == "rgb" ? image::Colour::rgb : image::Colour::bgr;
  if (out.resize < 1 || out.crop < 1) throw FormatError({.what = "image sizes must be positive"});
  return out;
}

// The index of a place in `places`, where it is appended if it is new.
size_t index_in(Places& places, const ir::Place& place) {
  const auto found = std::find(places.begin(), places.end(), place);
  if (found == places.end()) return places.push_back(place), places.size() - 1;
  return static_cast<size_t>(found - places.begin());
}

json indices(Places& places, const Places& of) {
  json out = json::array();
  for (const ir::Place& place : of) out.push_back(index_in(places, place));
  return out;
}

Places places_at(const Places& places, const json& indices) {
  Places out;
  for (const auto index : indices.get<std::vector<size_t>>()) {
    if (index >= places.size())
      throw FormatError({.what = fmt::format("there is no place {}", index)});
    out.push_back(places[index]);
  }
  return out;
}

Metadata parse(const json& j) {
  if (const int schema = j.at("schema").get<int>(); schema != kSchema)
    throw FormatError({.what = fmt::format("schema {}, this program knows {}", schema, kSchema),
                       .fix = "use the version of nnstretch that wrote the file"});
  Places places;
  for (const json& place : j.at("places"))
    places.push_back(
        {place.at(0).get<int>(), place.at(1).get<int>(), place.at(2).get<std::string>()});
  return {.network = j.at("network").get<std::string>(),
          .preprocess = preprocess_from(j.at("preprocess")),
          .beside = {.preprocess_assumed = j.at("preprocess").value("assumed", false),
                     .labels = j.value("labels", std::vector<std::string>()),
                     .calibrated_on = j.value("calibrated_on", std::string())},
          .inputs = places_at(places, j.at("inputs")),
          .operators = places_at(places, j.at("operators"))};
}

}  // namespace

Metadata metadata_of(const ir::Model& model, const Beside& beside) {
  return {.network = model.name,
          .preprocess = model.preprocess,
          .beside = beside,
          .inputs = {},
          .operators = {}};
}

void take_metadata(ir::Model& model, Beside& beside, const Metadata& metadata) {
  model.name = metadata.network;
  model.preprocess = metadata.preprocess;
  beside = metadata.beside;
  if (beside.preprocess_assumed)
    model.notes.emplace_back(
        "how images are prepared was assumed when this file was made of another one");
}

std::string to_json(const Metadata& metadata) {
  Places places;
  nlohmann::ordered_json out = {{"schema", kSchema}, {"network", metadata.network}};
  out["preprocess"] = to_json(metadata.preprocess, metadata.beside.preprocess_assumed);
  if (!metadata.beside.labels.empty()) out["labels"] = metadata.beside.labels;
  if (!metadata.beside.calibrated_on.empty()) out["calibrated_on"] = metadata.beside.calibrated_on;
  const json inputs = indices(places, metadata.inputs);
  const json operators = indices(places, metadata.operators);
  for (const ir::Place& place : places)
    out["places"].push_back({place.stage, place.branch, place.role});
  if (places.empty()) out["places"] = json::array();
  out["inputs"] = inputs;
  out["operators"] = operators;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Metadata metadata_from_json(std::string_view text, const std::string& where) try {
  return parse(parse_json(text, where));
} catch (const json::exception& error) {
  throw FormatError(
      {.what = fmt::format("its metadata cannot be read: {}", error.what()), .where = where});
} catch (const FormatError& error) {
  throw FormatError({fmt::format("its metadata cannot be read: {}", error.message().what), where,
                     error.message().fix});
}

}  // namespace nnstretch::formats
