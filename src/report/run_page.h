// All networks of a result.json as one table: each beside the same network on one processor and in
// one part, as README shows them.
#pragma once
#include <map>
#include <string>

#include "report/record.h"

namespace nnstretch::report {

// `records` by configuration. A network is compared with those of one role that are called as it is
// but for what stands behind the last '-', in the same folder, of the same size and overrides.
Report report_of(const std::map<std::string, Record>& records);

}  // namespace nnstretch::report
