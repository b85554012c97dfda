#!/usr/bin/env bash
# scripts/rooms names file and line of an include that the rooms do not allow, and accepts the rest.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/src/{base,ir,nets,cost}
cat >"$work/CMakeLists.txt" <<'LIST'
room(base LINK fmt::fmt)
room(ir USES base)
room(nets USES ir
     LINK yaml-cpp)  # room(cost) is below
room(cost USES base)
LIST
rooms=$NNSTRETCH_SOURCE/scripts/rooms

# expect STATUS TEXT: what the script says of the tree as it is now.
expect() {
  local status=0 said
  said=$("$rooms" "$work" 2>&1) || status=$?
  if [[ $status != "$1" || $said != *"$2"* ]]; then
    printf 'expected status %s and "%s", got status %s:\n%s\n' "$1" "$2" "$status" "$said"
    exit 1
  fi
}

printf '#include <vector>\n#include "nets/own.h"\n#include "base/x.h"\n' >"$work/src/nets/a.cpp"
expect 0 ""
printf '#include "ir/x.h"\n' >"$work/src/cost/a.h"  # comes earlier, but cost does not use it
expect 1 "src/cost/a.h:1: room cost may not include ir"
rm "$work/src/cost/a.h"
printf '// up\n  #  include "nets/own.h"\n' >"$work/src/ir/b.h"
expect 1 "src/ir/b.h:2: room ir may not include nets"
printf '#include "cli/main.h"\n' >"$work/src/ir/b.h"
expect 1 "src/ir/b.h:1: room ir may not include cli"
rm "$work/src/ir/b.h"
mkdir "$work/src/attic"
expect 1 "src/attic: no room() line"
rmdir "$work/src/attic"
printf 'if(MORE)\n  room(more USES nets)\nendif()\n' >>"$work/CMakeLists.txt"  # an optional room
mkdir "$work/src/more"
printf '#include "ir/x.h"\n' >"$work/src/more/a.h"
expect 0 ""
printf '#include "more/x.h"\n' >"$work/src/ir/b.h"
expect 1 "src/ir/b.h:1: room ir may not include more"
rm "$work/src/ir/b.h"
printf 'room(early USES late)\nroom(late)\n' >>"$work/CMakeLists.txt"
expect 1 "room(early) uses late, which does not come before it"
sed -i '/^room(early/d; /^room(late/d' "$work/CMakeLists.txt"
mkdir -p "$work"/cli "$work"/src/report
printf 'fmt::print(stdout, "x");\n' | tee "$work/src/nets/b.cpp" "$work/cli/b.cpp" "$work/src/report/b.cpp" >/dev/null
sed -i '/room(more/a room(report)' "$work/CMakeLists.txt"
expect 1 "src/nets/b.cpp:1: only room report writes to stdout"
expect 1 "cli/b.cpp:1: only room report"
rm "$work"/{src/nets,cli}/b.cpp
expect 0 ""
printf 'say(fmt::format("{:.1f} us", x));\n' >"$work/cli/b.cpp"
expect 1 "cli/b.cpp:1: numbers get their form in room report"
printf 'throw UsageError({.what = fmt::format("{:.1f} is no size", x)});\n' >"$work/cli/b.cpp"
expect 0 ""
rm "$work/cli/b.cpp"
# state IS LINE: whether a line of a source file is refused.
state() {
  printf '%s\n' "$2" >"$work/src/nets/b.cpp"
  if [[ $1 == 1 ]]; then expect 1 "src/nets/b.cpp:1: it lives as long as the process"; else expect 0 ""; fi
}
state 1 '  static std::map<int, std::string> seen;'
state 1 '  static Engines& engines = *make().release();'
state 1 '  thread_local int depth = 0;'
state 1 'std::atomic<int> count = 0;'
state 0 '  static const std::set<int> kNames = {1};'
state 0 '  static size_t count(const Shape& shape) { return shape.size(); }'
state 0 'constexpr int kMost = 3;'
state 0 'using Names = std::set<int>;'
rm "$work/src/nets/b.cpp"
