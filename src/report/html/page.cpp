#include "report/html/page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "report/doubts.h"
#include "report/html/drawing.h"
#include "report/html/style.h"

namespace nnstretch::report::html {
namespace {

using measure::Result;

constexpr const char* kNothing = "\u2013";

// A cell with what it is sorted by.
std::string number(std::optional<double> value, const std::string& text,
                   std::string_view look = {}) {
  if (!value) return fmt::format("<td data-v=\"0\">{}</td>", kNothing);
  return fmt::format("<td data-v=\"{}\" class=\"{}\">{}</td>", *value, look, text);
}
std::string time_cell(std::optional<double> us) { return number(us, us ? ms(*us) : ""); }

std::string head(const std::vector<std::string>& names) {
  std::string text = "<thead><tr>";
  for (const std::string& name : names) text += fmt::format("<th scope=\"col\">{}</th>", name);
  return text + "</tr></thead>";
}

std::string section(std::string_view title, const std::string& body) {
  return body.empty() ? "" : fmt::format("<h2>{}</h2>{}\n", title, body);
}

std::string list(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += fmt::format("<li>{}</li>", escaped(item));
  return text.empty() ? "" : "<ul>" + text + "</ul>";
}

class Writer {
 public:
  explicit Writer(const Content& content) : content_(content), networks_(content.networks) {}

  std::string text() const {
    return top() + trust() + latency() + two(work(), runs()) + comparison() +
           energy_and_accuracy() + details() + what_numbers_mean() +
           fmt::format("<script>{}</script></body></html>\n", script());
  }

 private:
  const Result& first() const { return networks_.front().record->result; }

  std::string title() const {
    return networks_.size() == 1 ? networks_[0].title
                                 : fmt::format("{} networks", networks_.size());
  }

  std::string top() const {
    const auto& context = first().context;
    std::vector<std::string> engines;
    for (const auto& [name, version] : context.engines)
      if (version) engines.push_back(fmt::format("{} {}", name, *version));
    const auto& device = first().device;
    const std::string where = device ? measure::said_of(*device) : context.cpu;
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src '{}'; script-src '{}'\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<title>{}: {}</title><style>{}</style></head>\n<body>"
        "<div class=\"top\"><div><h1>{} on {}</h1><div class=\"dim\">{} cores, {}, {}, nnstretch "
        "{} "
        "({}), {}</div></div><div><button class=\"js\" id=\"theme\">dark / "
        "light</button></div></div>\n",
        style_hash(), script_hash(), escaped(title()), escaped(where), style(), escaped(title()),
        escaped(where), context.cores, escaped(context.kernel),
        escaped(fmt::format("{}", fmt::join(engines, ", "))), escaped(context.version),
        escaped(context.commit), escaped(context.time));
  }

  // Whether to believe it: first of all.
  std::string trust() const {
    std::string text;
    std::vector<std::string> doubtful;
    std::set<std::string> stand_ins;
    for (const Shown& one : networks_) {
      const Result& result = one.record->result;
      if (!result.reliable)
        doubtful.push_back(fmt::format("{}: {}", one.title, doubt_line(result.doubts)));
      stand_ins.insert(result.remarks.stand_ins.begin(), result.remarks.stand_ins.end());
    }
    if (!doubtful.empty())
      text += fmt::format("<div class=\"warn\"><b>{} of {} are not reliable.</b> {}</div>",
                          doubtful.size(), networks_.size(), list(doubtful));
    if (!stand_ins.empty())
      text += fmt::format(
          "<p class=\"warn\"><b>Stand-ins.</b> {}: a core of the CPU plays a "
          "processor that this machine has not.</p>",
          escaped(fmt::format("{}", fmt::join(stand_ins, ", "))));
    std::vector<std::string> refused;
    for (const auto& [name, why] : content_.refused) refused.push_back(name + ": " + why);
    if (!refused.empty())
      text += fmt::format("<div class=\"warn\"><b>Left out.</b> {}</div>", list(refused));
    return text;
  }

  std::string latency() const {
    std::string rows;
    for (size_t i = 0; i < networks_.size(); ++i) rows += latency_row(i);
    const std::string key =
        "<div class=\"key\">bar: minimum; circle: median, line to the 90th percentile; marks: "
        "bound "
        "(green), the whole network on all cores (red), the fastest plan (violet); pale: not "
        "reliable</div>";
    return section("Latency",
                   key + latency_bars(networks_) +
                       "<p><input class=\"js\" id=\"filter\" placeholder=\"filter by name\" "
                       "aria-label=\"filter "
                       "by name\"></p><div class=\"scroll\"><table class=\"sort\">" +
                       head({"network", "min ms", "median ms", "90 % ms", "bound ms", "min / bound",
                             "whole ms", "whole / min", "best ms", "fidelity", "energy uJ", "MB"}) +
                       "<tbody>" + rows + "</tbody></table></div>");
  }

  std::string latency_row(size_t index) const {
    const Shown& one = networks_[index];
    const Result& result = one.record->result;
    const auto& latency = result.latency;
    const auto whole = result.baseline ? std::optional(result.baseline->min_us) : std::nullopt;
    const auto ratio = whole ? std::optional(*whole / latency.min) : std::nullopt;
    const auto over =
        result.bound_us ? std::optional(latency.min / *result.bound_us) : std::nullopt;
    const auto& fidelity = one.record->fidelity.centred_correlation_median;
    const double uj = result.energy.uj_per_inference;
    const auto bytes = static_cast<double>(one.record->model_bytes);
    return fmt::format("<tr data-name=\"{0}\"><th scope=\"row\"><a href=\"#n{1}\">{0}</a>{2}</th>",
                       escaped(one.title), index, result.reliable ? "" : " ?") +
           time_cell(latency.min) + time_cell(latency.p50) + time_cell(latency.p90) +
           time_cell(result.bound_us) + number(over, fmt::format("{:.2f}", over.value_or(0))) +
           time_cell(whole) +
           number(ratio, fmt::format("{:.2f}", ratio.value_or(0)),
                  !ratio          ? ""
                  : *ratio > 1.02 ? "good"
                  : *ratio < 0.98 ? "bad"
                                  : "") +
           time_cell(result.best ? std::optional(result.best->min_us) : std::nullopt) +
           number(fidelity, fmt::format("{:.3f}", fidelity.value_or(0))) +
           number(uj > 0 ? std::optional(uj) : std::nullopt, fmt::format("{:.0f}", uj)) +
           number(bytes > 0 ? std::optional(bytes) : std::nullopt,
                  fmt::format("{:.1f}", bytes / 1e6)) +
           "</tr>\n";
  }

  std::string work() const {
    return section("Against multiply-adds", against_multiply_adds(networks_));
  }
  std::string runs() const { return section("Distribution of the runs", distribution(networks_)); }
  static std::string two(const std::string& left, const std::string& right) {
    return fmt::format("<div class=\"two\"><div>{}</div><div>{}</div></div>\n", left, right);
  }

  std::string comparison() const {
    if (content_.against_name.empty()) return {};
    std::string rows;
    for (const auto& [name, ratio] : content_.against) {
      const auto verdict = measure::judge(ratio, 1.05);
      const std::string interval =
          ratio.interval
              ? fmt::format("{:.3f} to {:.3f}", ratio.interval->low, ratio.interval->high)
              : kNothing;
      rows += fmt::format("<tr data-name=\"{0}\"><th scope=\"row\">{0}</th>", escaped(name)) +
              number(ratio.of_minima, fmt::format("{:.3f}", ratio.of_minima)) +
              number(ratio.of_medians, fmt::format("{:.3f}", ratio.of_medians)) +
              fmt::format("<td>{}</td><td class=\"{}\">{}</td></tr>\n", interval,
                          verdict == measure::Verdict::faster   ? "good"
                          : verdict == measure::Verdict::slower ? "bad"
                                                                : "",
                          name_of(verdict));
    }
    return section("Against " + escaped(content_.against_name),
                   "<p class=\"dim\">now / then; below 1 is faster now</p><table class=\"sort\">" +
                       head({"network", "minima", "medians", "95 % of medians", "verdict"}) +
                       "<tbody>" + rows + "</tbody></table>");
  }

  std::string energy_and_accuracy() const {
    std::set<std::string> why, sources;
    std::string rows;
    for (const Shown& one : networks_) {
      const auto& energy = one.record->result.energy;
      (energy.uj_per_inference > 0 ? sources : why)
          .insert(energy.uj_per_inference > 0 ? energy.source : energy.reason);
      if (const auto& score = one.record->accuracy)
        rows +=
            fmt::format("<tr data-name=\"{0}\"><th scope=\"row\">{0}</th>", escaped(one.title)) +
            number(100 - score->top1_err, fmt::format("{:.2f}", 100 - score->top1_err)) +
            number(100 - score->top5_err, fmt::format("{:.2f}", 100 - score->top5_err)) +
            fmt::format("<td>{}</td></tr>\n", score->images);
    }
    std::string text = "<p>";
    if (!sources.empty())
      text += "Energy of an inference, by " + escaped(fmt::format("{}", fmt::join(sources, ", "))) +
              ". ";
    if (!why.empty())
      text +=
          "No energy where nothing tells it: " + escaped(fmt::format("{}", fmt::join(why, "; "))) +
          ".";
    text += "</p>";
    text += rows.empty()
                ? "<p class=\"dim\">No accuracy was measured.</p>"
                : "<table class=\"sort\">" + head({"network", "top 1, %", "top 5, %", "pictures"}) +
                      "<tbody>" + rows + "</tbody></table>";
    return section("Energy and accuracy", text);
  }

  std::string details() const {
    std::string text;
    for (size_t i = 0; i < networks_.size(); ++i) text += detail(i);
    return section("Networks", text);
  }

  std::string detail(size_t index) const {
    const Shown& one = networks_[index];
    const Result& result = one.record->result;
    std::vector<std::string> processors;
    for (const auto& each : result.processors)
      processors.push_back(fmt::format("{} ({}{})", each.processor.name, each.processor.role,
                                       each.processor.stand_in ? ", stand-in" : ""));
    std::string body;
    if (result.tool) body += fmt::format("<p>Timed by {}.</p>", escaped(result.tool->name));
    if (result.fastest)
      body += "<h3>The fastest inference</h3>" +
              tracks(result, *result.fastest, "the fastest inference of " + one.title);
    if (result.median)
      body += "<h3>The one in the middle</h3>" +
              tracks(result, *result.median, "the inference in the middle of " + one.title);
    body += two(section_small("Meeting points", meeting_points(result)),
                section_small("Parts", parts_alone(result)));
    body += operators(result);
    std::vector<std::string> fallbacks;
    for (const auto& each : result.remarks.fallbacks)
      fallbacks.push_back(fmt::format("{}: {}, ran on {}", each.op, each.reason, each.ran_on));
    body += two(section_small("Fallbacks", list(fallbacks)),
                section_small("Notes", list(result.remarks.notes)));
    return fmt::format(
        "<details id=\"n{}\" data-name=\"{}\"{}><summary><b>{}</b> <span class=\"dim\">{} ms, {} "
        "parts, {}, plan {}</span></summary>{}</details>\n",
        index, escaped(one.title), networks_.size() == 1 ? " open" : "", escaped(one.title),
        ms(result.latency.min), result.parts.size(),
        escaped(fmt::format("{}", fmt::join(processors, ", "))),
        escaped(result.remarks.plan_hash.substr(0, 8)), body);
  }

  static std::string section_small(std::string_view title, const std::string& body) {
    return body.empty() ? "" : fmt::format("<h3>{}</h3>{}", title, body);
  }

  // The longest of all parts, where they were timed.
  static std::string operators(const Result& result) {
    constexpr size_t kMost = 20;
    std::vector<std::pair<double, std::string>> rows;
    for (const auto& part : result.parts)
      for (const auto& op : part.operators.value_or(std::vector<engines::OpTime>()))
        rows.push_back(
            {op.us, fmt::format("<tr><th scope=\"row\">{}</th><td class=\"left\">{}</td>"
                                "<td class=\"left\">{}</td><td>{:.0f}</td></tr>\n",
                                escaped(op.node), escaped(op.kernel), escaped(part.name), op.us)});
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (rows.empty()) return {};
    std::string text;
    for (size_t i = 0; i < std::min(rows.size(), kMost); ++i) text += rows[i].second;
    return section_small("Operators, the longest", "<table>" +
                                                       head({"operator", "kernel", "part", "us"}) +
                                                       "<tbody>" + text + "</tbody></table>");
  }

  static std::string what_numbers_mean() {
    return "<h2>What the numbers mean</h2><dl>"
           "<dt>minimum</dt><dd>the fastest of the timed runs: what the machine can do when nobody "
           "disturbs it</dd>"
           "<dt>median, 90 %</dt><dd>half of the runs, and nine of ten, were as fast or faster</dd>"
           "<dt>bound</dt><dd>the longest way through the parts, each as fast as it is alone: no "
           "schedule of these parts is faster</dd>"
           "<dt>whole</dt><dd>the same network undivided, on all cores, by the best engine</dd>"
           "<dt>best</dt><dd>the fastest plan that was found for the network</dd>"
           "<dt>fidelity</dt><dd>correlation of int8 and float logits over pictures that "
           "calibration "
           "has not seen, each logit minus its mean</dd>"
           "<dt>waiting, handing over</dt><dd>at a meeting point: from the first branch that is "
           "done "
           "to the last; then until all parts that read it have begun</dd>"
           "<dt>not reliable</dt><dd>the machine was not free while it was measured: measure again "
           "before you quote it</dd></dl>\n";
  }

  const Content& content_;
  const All& networks_;
};

}  // namespace

std::string page(const Content& content) { return Writer(content).text(); }

}  // namespace nnstretch::report::html
