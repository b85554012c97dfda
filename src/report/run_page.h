// All networks of a result.json as one table: each beside the same network on one processor and in
// one part, as README shows them.
#pragma once
#include <map>
#include <string>

#include "report/record.h"

namespace nnstretch::report {

// `records` by configuration. Networks of one role are in no row of their own: they are what the
// stretched ones, of the same name before the last '-', are compared with.
Report report_of(const std::map<std::string, Record>& records);

}  // namespace nnstretch::report
