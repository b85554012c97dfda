// A result, written: for a terminal, as Markdown, CSV or JSON, as a trace or a picture of it.
//     emit(report_of(result), {.json = "result.json", .format = "md"});
// A new form is one class with a function that makes it, and one line in reporters.cpp.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fields.h"
#include "measure/result.h"
#include "report/page.h"

namespace nnstretch::report {

// What there is to say, before it has a form.
struct Report {
  Page page;
  Json json;
  const measure::Result* timed = nullptr;  // of whose runs there are pictures; must outlive it
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual std::string_view name() const = 0;  // "md"; of a picture the ending of its file
  // All of the file. UsageError for a report that has nothing for this form.
  virtual std::string text(const Report& report) const = 0;
};

// Names of those that write pages: "text" first.
std::vector<std::string> page_formats();

struct Outputs {
  std::filesystem::path json = {};  // a file, or "-" for stdout, which then has nothing else
  std::string format = "text";      // of what stdout gets
};
// Writes what was asked for. IoError.
void emit(const Report& report, const Outputs& outputs);

// The JSON alone.
void write_json(const Report& report, const std::filesystem::path& file);

// The runs as FILE.svg, a picture of the fastest one, or else as a Chrome/Perfetto trace of all.
void write_trace(const Report& report, const std::filesystem::path& file);

}  // namespace nnstretch::report
