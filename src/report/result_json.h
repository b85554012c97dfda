// A result as JSON, and back.
#pragma once
#include <filesystem>
#include <string>

#include "base/json_fields.h"
#include "measure/result.h"

namespace nnstretch::report {

// {"schema": 2, ...}; the fields are those of report/fields.h.
Json to_json(const measure::Result& result);
// FormatError at `where` for what is no result: cut, of another program, or of an older or newer
// version of this one.
measure::Result result_from_json(const Json& json, const std::string& where);

}  // namespace nnstretch::report
