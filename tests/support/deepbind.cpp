// Lets OpenVINO run under the sanitizers. It loads libtbbbind with RTLD_DEEPBIND, which gives that
// library its own malloc; the sanitizers, which replaced malloc, abort at the sight of the flag.
// Linked into sanitized test programs only; -rdynamic makes it the dlopen that everybody calls.
#include <dlfcn.h>

extern "C" void* dlopen(const char* file, int mode) {
  using Open = void* (*)(const char*, int);
  static const auto next = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "dlopen"));
  return next(file, mode & ~RTLD_DEEPBIND);
}
