// The folder that libraries of engines come from if they are not linked by a module.
#pragma once
#include <filesystem>

namespace nnstretch::engines {

// Where libraries that are opened by name are looked for, as `scripts/setup` unpacks them
// (FOLDER/onnxruntime_qnn), unless somebody says it: where $NNSTRETCH_DEPS says, else beside the
// modules of the engines. Never where this was built.
std::filesystem::path library_folder();

}  // namespace nnstretch::engines
