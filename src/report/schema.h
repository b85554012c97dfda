// Which fields files have: a number that goes up when one that must be there is added or changes
// its meaning.
#pragma once
#include <string>

#include "base/json_fields.h"

namespace nnstretch::report {

inline constexpr int64_t kSchema = 2;
// FormatError at `where`, which says what to do, unless the file is of this schema.
void check_schema(const Json& json, const std::string& where);

}  // namespace nnstretch::report
