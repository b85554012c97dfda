#include "report/result_json.h"

#include <fmt/format.h>

#include <cmath>

#include "report/fields.h"
#include "report/schema.h"

namespace nnstretch::report {

void check_schema(const Json& json, const std::string& where) {
  const bool has_one = json.is_object() && json.contains("schema");
  if (!has_one || !json.at("schema").is_number_integer())
    throw FormatError({.what = "no result of bench or run: it has no schema",
                       .where = where,
                       .fix = "give what `bench --json` wrote, or a result.json"});
  const auto schema = json.at("schema").get<int64_t>();
  if (schema == kSchema) return;
  throw FormatError(
      {.what =
           fmt::format("a result of schema {}, and this version reads schema {}", schema, kSchema),
       .where = where,
       .fix = schema < kSchema ? "measure again with this version"
                               : "read it with the version that wrote it, or a later one"});
}

Json to_json(const measure::Result& result) {
  Json json = {{"schema", kSchema}};
  json.update(nnstretch::to_json(result));
  return json;
}

measure::Result result_from_json(const Json& json, const std::string& where) {
  check_schema(json, where);
  auto result = from_json<measure::Result>(json, where);
  const auto check_time = [&](double us) {
    if (!(us > 0 && std::isfinite(us)))
      throw FormatError({.what = fmt::format("{} is no time", us), .where = where});
  };
  check_time(result.latency.min);
  check_time(result.latency.p50);
  for (const double us : result.runs_us) check_time(us);
  return result;
}

}  // namespace nnstretch::report
