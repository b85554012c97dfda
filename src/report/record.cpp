#include "report/record.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "report/fields.h"
#include "report/result_json.h"

namespace nnstretch::report {

template <class Io>
void fields(Io& io, FidelityResult& fidelity) {
  io("images", fidelity.images);
  io.if_any("centred_correlation_median", fidelity.centred_correlation_median);
  io.if_any("centred_correlation_worst", fidelity.centred_correlation_worst);
  io.if_any("wrong_image_median", fidelity.wrong_image_median);
  io.if_any("top1_agreement", fidelity.top1_agreement);
}

namespace {

// What a record has beside the result in it.
struct Rest {
  Record& record;
};
template <class Io>
void fields(Io& io, Rest& rest) {
  io("overrides", rest.record.overrides);
  io("model_bytes", rest.record.model_bytes);
  io("im_size", rest.record.im_size);
  io("build_s", rest.record.build_s);
  io("fidelity", rest.record.fidelity);
  io("accuracy", rest.record.accuracy);
}

}  // namespace

Json to_json(const Record& record) {
  Json json = to_json(record.result);
  JsonWriter writer;
  Rest rest{const_cast<Record&>(record)};  // which only is read
  fields(writer, rest);
  json.update(writer.json);
  return json;
}

Record record_from_json(const Json& json, const std::string& where) {
  Record record;
  record.result = result_from_json(json, where);
  JsonReader reader(json, where, "");
  Rest rest{record};
  fields(reader, rest);
  return record;
}

Records read_results(const std::filesystem::path& file) {
  const auto json = parse_json<Json>(read_text(file), file.string());
  Records all;
  if (!json.is_object() || !json.contains("configs")) {
    Record one;
    one.result = result_from_json(json, file.string());
    const std::string name = one.result.model;
    all.read[name] = std::move(one);
    return all;
  }
  JsonReader(json, file.string(), "").schema(1);
  if (!json.at("configs").is_object())
    throw FormatError({.what = "'configs' is no list of records", .where = file.string()});
  for (const auto& [name, record] : json.at("configs").items()) try {
      all.read[name] = record_from_json(record, fmt::format("{}: {}", file.string(), name));
    } catch (const FormatError& error) {
      all.read.erase(name);
      all.refused.emplace(name, error);
    }
  return all;
}

}  // namespace nnstretch::report
