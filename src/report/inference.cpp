#include "report/inference.h"

#include <algorithm>

#include "report/fields.h"

namespace nnstretch::report {

template <class Io>
void fields(Io& io, InferenceResult::Class& one) {
  io("class", one.number);
  io("logit", one.logit);
  io.if_any("label", one.label);
}

template <class Io>
void fields(Io& io, InferenceResult::Output& output) {
  io("name", output.name);
  io("type", output.type);
  io("shape", output.shape);
}

template <class Io>
void fields(Io& io, InferenceResult& result) {
  io.schema(1);
  io("model", result.model);
  io("top5", result.top5);
  io("outputs", result.outputs);
  fields(io, result.remarks);
  measure::trust(io, result);
  io.if_any("device", result.device);
  io("context", result.context);
}

Report report_of(const InferenceResult& result) {
  Report report{.page = {}, .json = nnstretch::to_json(result)};
  const bool labels = std::any_of(result.top5.begin(), result.top5.end(),
                                  [](const auto& one) { return one.label.has_value(); });
  std::vector<std::string> header = {"class", "logit"};
  if (labels) header.emplace_back("label");
  Table& table = report.page.table(header, {true, false, true});
  for (const auto& one : result.top5)
    table.add(
        {std::to_string(one.number), fmt::format("{:.6g}", one.logit), one.label.value_or("")});
  return report;
}

InferenceResult inference_from_json(const Json& json, const std::string& where) {
  return value_from<InferenceResult>(json, where);
}

}  // namespace nnstretch::report
