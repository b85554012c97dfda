// The folder that libraries of engines come from if they are not linked by a module.
#pragma once
#include <filesystem>

namespace nnstretch::engines {

// Libraries that are opened by name are looked for below `folder` from now on, as `scripts/setup`
// unpacks them (FOLDER/onnxruntime_qnn). Call it before the first engine is used.
void look_for_libraries_in(std::filesystem::path folder);

// Where they are looked for: where look_for_libraries_in() or else $NNSTRETCH_DEPS says; else
// beside the modules of the engines. Never where this was built.
std::filesystem::path library_folder();

}  // namespace nnstretch::engines
