// One HTML file of results: whether to believe them, pictures, tables, each network in detail. No
// library, no request, readable without its script.
//     write_atomic("report.html", html::page({.networks = {{"R-34-CD", &record}}}));
#pragma once
#include <map>
#include <string>

#include "measure/compare.h"
#include "report/html/charts.h"

namespace nnstretch::report::html {

struct Content {
  All networks;
  std::map<std::string, std::string> refused = {};  // those that cannot be read, and why
  // By title, where there is something to compare with: what it is now over what it was.
  std::map<std::string, measure::Ratio> against = {};
  std::string against_name = {};  // of what it is compared with
};

std::string page(const Content& content);

}  // namespace nnstretch::report::html
