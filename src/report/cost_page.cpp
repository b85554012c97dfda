#include "report/cost_page.h"

namespace nnstretch::report {
namespace {

Json to_json(const ir::Cost& cost) {
  return {{"flops", cost.flops}, {"params", cost.params}, {"acts", cost.acts}};
}

Json to_json(const NetworkCosts& network) {
  Json rows = Json::array();
  for (const auto& row : network.cost.rows)
    rows.push_back({{"part", row.part},
                    {"branch", row.branch},
                    {"role", row.role},
                    {"height", row.height},
                    {"w_in", row.w_in},
                    {"w_out", row.w_out},
                    {"cost", to_json(row.cost)}});
  return {{"cfg", network.cfg},
          {"im_size", network.im_size},
          {"pycls", to_json(network.cost.pycls)},
          {"as_built", to_json(network.cost.real)},
          {"rows", rows}};
}

void add_sum(Table& table, const char* name, const ir::Cost& cost) {
  table.add({name, "", "", "", "", grouped(cost.flops), grouped(cost.params), grouped(cost.acts)});
}

void add_table(Page& page, const NetworkCosts& network) {
  const cost::Report& cost = network.cost;
  page.line("{} at {}x{}", network.cfg, network.im_size, network.im_size);
  Table& table =
      page.table({"part", "role", "output", "w_in", "w_out", "flops", "params", "acts", "share"},
                 {true, true});
  for (const auto& row : cost.rows)
    table.add({row.part, row.role, fmt::format("{0}x{0}", row.height), std::to_string(row.w_in),
               std::to_string(row.w_out), grouped(row.cost.flops), grouped(row.cost.params),
               grouped(row.cost.acts),
               fmt::format("{:.1f} %", 100.0 * static_cast<double>(row.cost.flops) /
                                           static_cast<double>(cost.pycls.flops))});
  add_sum(table, "sum", cost.pycls);
  add_sum(table, "as built", cost.real);
  page.line(
      "flops are multiply-adds; the sum counts as pycls does (ORIGINAL_WIDTHS taken on "
      "trust)");
  page.space();
}

}  // namespace

Report report_of(const std::vector<NetworkCosts>& networks, bool one_line_each) {
  Report report{.page = {}, .json = {{"schema", 1}, {"networks", Json::array()}}};
  for (const NetworkCosts& network : networks) report.json["networks"].push_back(to_json(network));
  if (!one_line_each) {
    for (const NetworkCosts& network : networks) add_table(report.page, network);
    return report;
  }
  Table& table = report.page.table({"cfg", "flops", "params", "acts", "true_flops", "true_params"});
  for (const auto& [cfg, im_size, cost] : networks) {
    std::vector<std::string> cells = {cfg};
    for (const int64_t value :
         {cost.pycls.flops, cost.pycls.params, cost.pycls.acts, cost.real.flops, cost.real.params})
      cells.push_back(std::to_string(value));
    table.add(std::move(cells));
  }
  return report;
}

}  // namespace nnstretch::report
