// Races that the thread sanitizer sees inside libraries that were built without it: how they
// synchronise is hidden from it. Linked into sanitized test programs only; others ignore it.
extern "C" const char* __tsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:libtbb.so\n"
         "race:libtbbbind_2_5.so\n"
         "race:libhwloc.so\n"
         "race:libopenvino_intel_cpu_plugin.so\n";
}
