// Costs of operators, and the published phone as such a model: fitted on rows of one processor
// only, it is tried on those of two.
#include "search/costs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "nets/build.h"
#include "search/predict.h"
#include "search/published_phone.h"

namespace nnstretch::search {
namespace {

using testing::published_config;
using testing::published_phone;
using testing::PublishedRow;

// A form: which of an operator's figures have a cost, and what belongs to them.
struct Form {
  std::string name;
  std::vector<std::vector<double OperatorWork::*>> terms;
};
using Numbers = std::vector<double>;

double of_term(const OperatorWork& work, const std::vector<double OperatorWork::*>& term) {
  double sum = 0;
  for (const auto member : term) sum += work.*member;
  return sum;
}

// The least squares solution without negative numbers: the best of all choices of terms. Few terms.
Numbers solve(const std::vector<Numbers>& rows) {
  const size_t terms = rows.at(0).size();
  Numbers best(terms, 0);
  double least = static_cast<double>(rows.size());  // all zero: each row misses by 1
  for (size_t chosen = 1; chosen < size_t{1} << terms; ++chosen) {
    std::vector<size_t> in;
    for (size_t t = 0; t < terms; ++t)
      if (chosen >> t & 1) in.push_back(t);
    const size_t n = in.size();
    std::vector<Numbers> normal(n, Numbers(n + 1, 0));
    for (const Numbers& row : rows)
      for (size_t a = 0; a < n; ++a) {
        for (size_t b = 0; b < n; ++b) normal[a][b] += row[in[a]] * row[in[b]];
        normal[a][n] += row[in[a]];
      }
    for (size_t p = 0; p < n; ++p) {  // Gauss, with the largest pivot
      std::swap(normal[p], *std::max_element(normal.begin() + static_cast<ptrdiff_t>(p),
                                             normal.end(), [&](const Numbers& x, const Numbers& y) {
                                               return std::abs(x[p]) < std::abs(y[p]);
                                             }));
      for (size_t q = 0; q < n; ++q)
        if (q != p && normal[p][p] != 0)
          for (size_t c = n + 1; c-- > p;)
            normal[q][c] -= normal[q][p] / normal[p][p] * normal[p][c];
    }
    Numbers found(terms, 0);
    for (size_t a = 0; a < n; ++a) found[in[a]] = normal[a][n] / normal[a][a];
    if (!std::ranges::all_of(found, [](double x) { return x >= 0 && std::isfinite(x); })) continue;
    double error = 0;
    for (const Numbers& row : rows) {
      double sum = -1;
      for (size_t t = 0; t < terms; ++t) sum += row[t] * found[t];
      error += sum * sum;
    }
    if (error < least) least = error, best = found;
  }
  return best;
}

struct Single {
  OperatorWork work;
  double us = 0;
};
constexpr std::array kSuffixes = {"C", "G", "D"};

double us_of(const PublishedRow& row, size_t processor) {
  return 1000 * std::array{row.cpu, row.gpu, row.dsp}.at(processor);
}

// Of each processor the networks that ran on it alone.
const std::array<std::vector<Single>, 3>& singles() {
  static const auto all = [] {
    std::array<std::vector<Single>, 3> made;
    for (size_t p = 0; p < 3; ++p)
      for (const PublishedRow& row : published_phone()) {
        const auto config = published_config(row.network, kSuffixes.at(p));
        made[p].push_back(
            {operator_work(nets::build(config, testing::kPublishedSize)), us_of(row, p)});
      }
    return made;
  }();
  return all;
}

Numbers fitted(const std::vector<Single>& rows, const Form& form, std::optional<size_t> without) {
  std::vector<Numbers> relative;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i == without) continue;
    Numbers& row = relative.emplace_back();
    for (const auto& term : form.terms) row.push_back(of_term(rows[i].work, term) / rows[i].us);
  }
  // Columns of one size, or sums of billions and of tens lose each other.
  Numbers scale(form.terms.size(), 0);
  for (const Numbers& row : relative)
    for (size_t t = 0; t < row.size(); ++t) scale[t] = std::max(scale[t], row[t]);
  for (Numbers& row : relative)
    for (size_t t = 0; t < row.size(); ++t) row[t] /= scale[t] > 0 ? scale[t] : 1;
  Numbers costs = solve(relative);
  for (size_t t = 0; t < costs.size(); ++t) costs[t] /= scale[t] > 0 ? scale[t] : 1;
  return costs;
}

double predicted(const OperatorWork& work, const Form& form, const Numbers& costs) {
  double us = 0;
  for (size_t t = 0; t < costs.size(); ++t) us += costs[t] * of_term(work, form.terms[t]);
  return us;
}

std::vector<Form> forms() {
  using W = OperatorWork;
  return {
      {"dense pointwise bytes operators",
       {{&W::dense}, {&W::pointwise}, {&W::bytes}, {&W::operators}}},
      {"dense rest bytes operators",
       {{&W::dense}, {&W::pointwise, &W::grouped, &W::depthwise}, {&W::bytes}, {&W::operators}}},
      {"dense+grouped pointwise bytes operators",
       {{&W::dense, &W::grouped}, {&W::pointwise}, {&W::bytes}, {&W::operators}}},
      {"dense+grouped+depthwise pointwise bytes operators",
       {{&W::dense, &W::grouped, &W::depthwise}, {&W::pointwise}, {&W::bytes}, {&W::operators}}},
      {"all bytes operators",
       {{&W::dense, &W::pointwise, &W::grouped, &W::depthwise}, {&W::bytes}, {&W::operators}}},
      {"dense pointwise grouped depthwise bytes operators",
       {{&W::dense},
        {&W::pointwise},
        {&W::grouped},
        {&W::depthwise},
        {&W::bytes},
        {&W::operators}}}};
}

struct Errors {
  double mean = 0, worst = 0;
  void add(double error) {
    sum += std::abs(error), worst = std::max(worst, std::abs(error)), mean = sum / ++count;
  }
  double sum = 0;
  int count = 0;
};

Errors own_errors(const Form& form) {
  Errors errors;
  for (const auto& rows : singles())
    for (const Single& row : rows)
      errors.add(predicted(row.work, form, fitted(rows, form, {})) / row.us - 1);
  return errors;
}
Errors errors_left_out(const Form& form) {
  Errors errors;
  for (const auto& rows : singles())
    for (size_t i = 0; i < rows.size(); ++i)
      errors.add(predicted(rows[i].work, form, fitted(rows, form, i)) / rows[i].us - 1);
  return errors;
}

// A tool: how forms compare, and the costs of each.
TEST(PublishedPhone, DISABLED_IsFitted) {
  for (const Form& form : forms()) {
    const Errors own = own_errors(form), left_out = errors_left_out(form);
    std::string costs;
    for (const auto& rows : singles()) {
      for (const double cost : fitted(rows, form, {})) costs += fmt::format(" {:.5g}", cost);
      costs += " |";
    }
    fmt::print("{}: own {:.1f} % worst {:.1f}, left out {:.1f} % worst {:.1f}: {}\n", form.name,
               100 * own.mean, 100 * own.worst, 100 * left_out.mean, 100 * left_out.worst, costs);
  }
}

CostModel phone() { return read_cost_model(testing::source_folder() / "costs/mi.yaml"); }

Predictor predictor_for(const config::Config& config) {
  Grid grid(3);
  grid.add(config, testing::kPublishedSize);
  return Predictor({.name = "mi",
                    .machine = machine_of(phone()),
                    .points = points_of(phone(), grid.pieces()),
                    .together = {},
                    .anchors = {}});
}
double predicted_ms(const std::string& network, const std::string& suffix) {
  const auto config = published_config(network, suffix);
  return predict(config, testing::kPublishedSize, predictor_for(config)).us() / 1000;
}

TEST(PublishedPhone, HasTheFormThatPredictsLeftOutNetworksBest) {
  double least = 1;
  std::string best;
  for (const Form& form : forms())
    if (const double mean = errors_left_out(form).mean; mean < least)
      least = mean, best = form.name;
  EXPECT_EQ(best, "all bytes operators");
  EXPECT_LE(least, 0.15);
}

TEST(PublishedPhone, HasTheCostsThatFit) {
  const auto form = forms().at(4);
  for (const auto& processor : phone().processors) {
    const size_t p = processor.role == "cpu" ? 0 : processor.role == "gpu" ? 1 : 2;
    const Numbers costs = fitted(singles().at(p), form, {});
    for (const double ps : {processor.costs.dense_ps, processor.costs.pointwise_ps,
                            processor.costs.grouped_ps, processor.costs.depthwise_ps})
      EXPECT_NEAR(ps * 1e-6 / costs[0], 1, 1e-4);
    EXPECT_NEAR(processor.costs.byte_ps * 1e-6, costs[1], 1e-8);
    EXPECT_NEAR(processor.costs.operator_us / costs[2], 1, 1e-4);
  }
}

TEST(PublishedPhone, RunsNetworksOnOneProcessorAsLongAsPredicted) {
  Errors errors;
  for (const PublishedRow& row : published_phone())
    for (size_t p = 0; p < 3; ++p)
      errors.add(predicted_ms(row.network, kSuffixes.at(p)) * 1000 / us_of(row, p) - 1);
  EXPECT_LE(errors.mean, 0.06);
  EXPECT_LE(errors.worst, 0.18);
}

TEST(PublishedPhone, RunsStretchesAsLongAsPredicted) {
  Errors all, clean, racing, naive;
  for (const PublishedRow& row : published_phone())
    for (const bool dsp : {false, true}) {
      const double measured = dsp ? row.cpu_dsp : row.cpu_gpu;
      const double error = predicted_ms(row.network, dsp ? "CD" : "CG") / measured - 1;
      all.add(error);
      (row.clean ? clean : racing).add(error);
      // As if work could be dealt out freely.
      naive.add(1 / (1 / row.cpu + 1 / (dsp ? row.dsp : row.gpu)) / measured - 1);
    }
  const auto say = [](const char* what, const Errors& errors) {
    fmt::print("{}: mean {:.1f} %, worst {:.1f} %\n", what, 100 * errors.mean, 100 * errors.worst);
  };
  say("all", all), say("clean", clean), say("racing", racing), say("dealt out freely", naive);
  EXPECT_LE(all.mean, 0.20);
  EXPECT_LE(all.worst, 0.35);
  EXPECT_LT(all.mean, naive.mean);
}

TEST(OperatorWork, CountsByKind) {
  config::Config config = published_config("RX-1.6", "C");
  const ir::Graph graph = nets::build(config, 224);
  const OperatorWork work = operator_work(graph);
  EXPECT_EQ(work.dense + work.pointwise + work.grouped + work.depthwise,
            static_cast<double>(ir::cost_of(graph).flops));
  EXPECT_GT(work.grouped, 0);
  EXPECT_EQ(work.depthwise, 0);
}

CostModel parse(const std::string& processors) {
  return parse_cost_model("name: n\nerror: none\nprocessors:\n" + processors, "costs.yaml");
}
std::string refusal_of(const std::string& processors) {
  try {
    (void)parse(processors);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(CostModel, RefusesWhatIsNoCostAtItsLine) {
  EXPECT_EQ(parse("  cpu: {dense_ps: 2}").processors.at(0).costs.dense_ps, 2);
  for (const char* wrong : {"-1", "nan", ".nan", "inf", "two", "[1]", "1e12"})
    EXPECT_NE(refusal_of(std::string("  cpu: {dense_ps: ") + wrong + "}").find("costs.yaml:4"),
              std::string::npos)
        << wrong;
  EXPECT_NE(refusal_of("  cpu: {sparse_ps: 1}").find("sparse_ps"), std::string::npos);
  EXPECT_NE(refusal_of("  cpu: 3"), "");
}

}  // namespace
}  // namespace nnstretch::search
