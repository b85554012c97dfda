#!/usr/bin/env bash
# scripts/words finds flags in messages, and nothing else.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat >"$work/src/good.cpp" <<'END'
// --flags in comments are fine
throw Error("`core_affinity`: no core; `scripts/setup --qnn` installs it; a -- b");
END
"$NNSTRETCH_SOURCE/scripts/words" "$work"
echo 'throw Error("run without --strict");' >"$work/src/bad.cpp"
if "$NNSTRETCH_SOURCE/scripts/words" "$work" >"$work/out"; then exit 1; fi
grep -qx 'src/bad.cpp:1: --strict: write `strict`' "$work/out"
