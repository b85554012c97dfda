// The files that engines come from: where they are looked for, and which version they are.
#pragma once
#include <filesystem>
#include <string>

namespace nnstretch::engines {

// Libraries that are opened by name are looked for below `folder` from now on, as `scripts/setup`
// unpacks them (FOLDER/onnxruntime_qnn). Call it before the first engine is used.
void look_for_libraries_in(std::filesystem::path folder);

// Where they are looked for: where look_for_libraries_in() or else $NNSTRETCH_DEPS says; else
// beside the libraries that are linked. Never where this was built.
std::filesystem::path library_folder();

// The file that a function of a library was loaded from; empty if the system does not tell.
std::filesystem::path file_of(const void* function);

// The version of a library that cannot be asked. scripts/unpack-wheel writes it into
// LIBRARY.version with the library's SHA-256; if that is another one's, or the file is not there,
// the version is "unknown (sha256 3f2ab1c4d5e6)". Reads the whole library.
std::string version_beside(const std::filesystem::path& library);

}  // namespace nnstretch::engines
