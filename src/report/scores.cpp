#include "report/scores.h"

#include "report/fields.h"

namespace nnstretch::report {
namespace {

template <class T>
struct List {
  const char* key;
  std::vector<T> scores;
};
template <class Io, class T>
void fields(Io& io, List<T>& list) {
  io.schema(1);
  io(list.key, list.scores);
}

template <class T>
Json list_of(const char* key, const std::vector<T>& scores) {
  List<T> list{key, scores};
  return nnstretch::to_json(list);
}

template <class T>
std::vector<T> read_list(const char* key, const Json& json, const std::string& where) {
  List<T> list{key, {}};
  JsonReader reader(json, where, "");
  fields(reader, list);
  return std::move(list.scores);
}

std::string four_digits(double percent) { return fmt::format("{:.4f}", percent); }

}  // namespace

Report report_of(const std::vector<Score>& scores) {
  Report report{.page = {}, .json = list_of("networks", scores)};
  Table& table = report.page.table(
      {"network", "computed as", "images", "top-1 %", "top-1 error", "top-5 error"}, {true, true});
  for (const Score& one : scores)
    table.add({one.network, one.computed_as, images(one.images, one.skipped),
               four_digits(100 - one.top1_err), four_digits(one.top1_err),
               four_digits(one.top5_err)});
  return report;
}

Report report_of(const std::vector<SubnetScore>& scores) {
  Report report{.page = {}, .json = list_of("subnets", scores)};
  Table& table = report.page.table({"subnet", "depth x width", "multiply-adds", "parameters",
                                    "images", "top-1 %", "top-5 error"},
                                   {true, true});
  for (const SubnetScore& one : scores)
    table.add({one.subnet, one.size, std::to_string(one.multiply_adds),
               std::to_string(one.parameters), images(one.images, one.skipped),
               four_digits(100 - one.top1_err), four_digits(one.top5_err)});
  return report;
}

std::vector<Score> scores_from_json(const Json& json, const std::string& where) {
  return read_list<Score>("networks", json, where);
}

std::vector<SubnetScore> subnet_scores_from_json(const Json& json, const std::string& where) {
  return read_list<SubnetScore>("subnets", json, where);
}

std::string percent_wrong(double top1_err) { return fmt::format("{:.1f} % wrong", top1_err); }

std::string top1(const Score& score) {
  return fmt::format("  top-1 {:.2f} %{}", 100 - score.top1_err,
                     score.weights == "made-up" ? " (made-up weights)" : "");
}

}  // namespace nnstretch::report
