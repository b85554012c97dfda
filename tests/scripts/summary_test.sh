#!/usr/bin/env bash
# scripts/test-summary counts what a real ctest wrote, names skip reasons, and is strict under CI.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/CTestTestfile.cmake" <<'LIST'
add_test(passes true)
add_test(skips sh -c "echo 'SKIPPED: the moon is down'; exit 77")
set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 77)
add_test(google sh -c "printf 'a_test.cpp:7: Skipped\nthere is one core only\n\n[  SKIPPED ] A.B (0 ms)\n'")
add_test(gpu sh -c "echo 'SKIPPED: no Vulkan driver is installed, or it finds no GPU'; exit 77")
set_tests_properties(google PROPERTIES SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
set_tests_properties(gpu PROPERTIES SKIP_RETURN_CODE 77)
add_test(tool false)
set_tests_properties(tool PROPERTIES DISABLED TRUE)
LIST
summary() { "$NNSTRETCH_SOURCE/scripts/test-summary" "$work/run.xml" >"$work/out" || status=$?; }
expect() {  # STATUS LAST_LINE
  [[ $status == "$1" && $(tail -n 1 "$work/out") == "$2" ]] && return
  echo "expected status $1 and '$2', got $status:"
  cat "$work/out"
  exit 1
}
ctest --test-dir "$work" --output-junit "$work/run.xml" >/dev/null || true
status=0 && CI="" summary && expect 0 "1 passed, 0 failed, 4 skipped"
grep -q "the moon is down" "$work/out" && grep -q "there is one core only" "$work/out"
status=0 && CI=true summary && expect 1 "1 passed, 2 failed, 2 skipped"
grep -q "FAILED .*gpu .*finds no GPU" "$work/out"

printf 'add_test(fails false)\nadd_test(absent /no/such/program)\n' >>"$work/CTestTestfile.cmake"
ctest --test-dir "$work" --output-junit "$work/run.xml" >/dev/null 2>&1 || true
status=0 && CI="" summary && expect 1 "1 passed, 2 failed, 4 skipped"
