#!/usr/bin/env bash
# scripts/includes names file and line of what is used without its header, follows the project's own
# headers, and mends what it names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/src/{ir,nets}
git -C "$work" init --quiet
includes=$NNSTRETCH_SOURCE/scripts/includes

# expect STATUS LINES: what the script says of the tree as it is now.
expect() {
  local status=0 said
  git -C "$work" add --all
  said=$("$includes" "$work" 2>&1) || status=$?
  if [[ $status != "$1" || $said != "$2" ]]; then
    printf 'expected status %s and "%s", got status %s:\n%s\n' "$1" "$2" "$status" "$said"
    exit 1
  fi
}

cat >"$work/src/ir/a.cpp" <<'CPP'
#include "ir/a.h"

#include <vector>

// std::min in a comment, and "std::max" in a text
const char* text() { return "std::max(1, 2)"; }
int least(int a, int b) { return std::min<int>(a, b); }
int both(int a, int b) { return std::ranges::max({a, b}); }
CPP
echo '#pragma once' >"$work/src/ir/a.h"
expect 1 "src/ir/a.cpp:7: std::min without #include <algorithm>"
echo '#include <algorithm>' >>"$work/src/ir/a.h"  # of its own header
expect 0 ""
printf '#pragma once\n#include "ir/a.h"\nuint8_t byte(int a);\n' >"$work/src/nets/b.h"
printf '#include "nets/b.h"\nuint8_t byte(int a) { return std::clamp(a, 0, 255); }\n' >"$work/src/nets/b.cpp"
expect 1 "src/nets/b.cpp:2: uint8_t without #include <cstdint>
src/nets/b.h:3: uint8_t without #include <cstdint>"
"$includes" --fix "$work" >"$work/said"
expect 0 ""
grep -q '^#include <cstdint>$' "$work/src/nets/b.h" || { cat "$work/src/nets/b.h"; exit 1; }
printf 'double half(double a) { return std::floor(a / 2); }\n' >"$work/src/nets/c.cpp"
"$includes" --fix "$work" >"$work/said"  # git does not know it yet
git -C "$work" add --all
"$includes" --fix "$work" >"$work/said"
expect 0 ""
