#include "nnstretch/engines.h"

#include "api/call.h"
#include "api/here.h"

namespace nnstretch {

void look_for_engines_in(const std::filesystem::path& folder) {
  api::translated([&] { api::look_for_libraries_in(folder); });
}

}  // namespace nnstretch
