#include "engines/modules_folder.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>

extern "C" const char* nnstretch_modules_folder() {
  static const std::string folder = [] {
    ::Dl_info info;
    std::error_code error;
    if (!::dladdr(reinterpret_cast<const void*>(&nnstretch_modules_folder), &info))
      return std::string();
    return std::filesystem::canonical(info.dli_fname, error).parent_path().string();
  }();
  return folder.c_str();
}
