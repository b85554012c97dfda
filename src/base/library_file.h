// The files of shared libraries: where a loaded one came from, which version it is, and whether it
// can be opened at all.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace nnstretch {

// The file that a function of a shared library was loaded from; empty if the system does not tell.
// Of the program itself the system knows only what its starter called it.
std::filesystem::path file_of(const void* function);

// The version of a library that cannot be asked. scripts/unpack-wheel writes it into
// LIBRARY.version with the library's SHA-256; if that is another one's, or the file is not there,
// the version is "unknown (sha256 3f2ab1c4d5e6)". Reads the whole library.
std::string version_beside(const std::filesystem::path& library);

// The file that is shorter than its own header says: the library, one that it needs and finds by
// its own search path, or one of that one's family there (libtbb.so needs libtbbmalloc.so, which it
// opens by name). Opening such a library ends the process (SIGBUS) where other faults are errors,
// so ask before. Reads headers only; whatever else is wrong is left to the system to tell.
std::optional<std::filesystem::path> cut_file_of(const std::filesystem::path& library);
// The same for all libraries of a folder, lib*.so*.
std::optional<std::filesystem::path> cut_file_in(const std::filesystem::path& folder);

}  // namespace nnstretch
