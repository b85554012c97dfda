#!/usr/bin/env bash
# scripts/setup with commands of ours for dpkg, apt-get and pip: what a Debian lacks, which Python's
# wheels are fetched, and what is fetched again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/scripts" "$work/bin"
cp "$NNSTRETCH_SOURCE"/scripts/{setup,lib.sh,unpack-wheel} "$tree/scripts"
cat >"$tree/scripts/packages.txt" <<'LIST'
# a comment
compiler    build
libx-dev    build
cross-g++   aarch64
there       build
fonts-here  glyphs
fonts-gone  glyphs
LIST
printf 'tflite==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n' >"$tree/scripts/wheels.txt"
printf 'onnx==2.0 \\\n    --hash=sha256:02\n' >"$tree/scripts/wheels-tests.txt"

printf '%s\n' '#!/bin/sh' 'echo "unpack-debs $*" >>"$WORK/calls"' 'mkdir -p "$3"' >"$tree/scripts/unpack-debs"
chmod +x "$tree/scripts/unpack-debs"

make_command() {  # NAME, its text on stdin
  { echo '#!/usr/bin/env bash' && cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
make_command dpkg-query <<<'echo "installed there"'
make_command dpkg <<<'echo "dpkg $*" >>"$WORK/calls"'
make_command sudo <<<'while [[ $1 == -* ]]; do shift; done; exec "$@"'
make_command apt-cache <<'SH'
for name in "${@:2}"; do
  case $name in
    fonts-gone | unknown) ;;
    *) printf '%s:\n  Installed: (none)\n  Candidate: 1:2.0-3\n  Version table:\n' "$name" ;;
  esac
done
SH
make_command apt-get <<'SH'
echo "apt-get $*" >>"$WORK/calls"
[[ " $* " != *" fonts-gone "* && " $* " != *" unknown "* ]]
SH
make_command python3 <<'SH'
case "$1 $2 ${3-}" in
  "-c "*) echo "$PYTHON" ;;
  "-m pip --version") ;;
  "-m pip download")
    echo "pip $*" >>"$WORK/calls"
    while [[ $1 != --dest ]]; do shift; done
    mkdir -p "$2"
    for name in tflite onnx; do
      if grep -q "$name" "${@: -1}"; then "$REAL" -m zipfile -c "$2/$name-1-py3.whl" "$WORK/module/$name"; fi
    done
    ;;
  *) exec "$REAL" "$@" ;;
esac
SH
mkdir -p "$work"/module/{tflite,onnx}
touch "$work"/module/{tflite,onnx}/one.py

fail() {
  printf '%s\ncalls:\n%s\nsaid:\n%s\n' "$*" "$(<"$work/calls")" "$(<"$work/said")"
  exit 1
}
real=$(command -v python3)
# setup PYTHON STATUS OPTIONS...: runs it and checks how it ends.
setup() {
  local python=$1 wanted=$2 status=0
  shift 2
  : >"$work/calls"
  REAL=$real WORK=$work PYTHON=$python PATH=$work/bin:$PATH "$tree/scripts/setup" "$@" >"$work/said" 2>&1 || status=$?
  [[ $status == "$wanted" ]] || fail "status $status instead of $wanted"
}
called() { grep -q -- "$1" "$work/calls" || fail "no call: $1"; }
not_called() { ! grep -q -- "$1" "$work/calls" || fail "a call: $1"; }
said() { grep -q -- "$1" "$work/said" || fail "it does not say: $1"; }

setup 3.11 0 --glyphs
called "apt-get .*install .* compiler fonts-here libx-dev$"  # not what is there, not what is gone
said "no fonts-gone: going on without"
called "^dpkg --configure -a$"  # what was left by a setup that was killed
called "pip .*--python-version 3.11 .*--abi cp311 .*/requirement.txt"
[[ -f $tree/.deps/tflite/one.py ]] || fail "the wheel was not unpacked"

setup 3.11 0
not_called "^pip"
setup 3.13 0  # the same tree after an upgrade of the Debian
called "--python-version 3.13 .*--abi cp313"
setup 3.14 0 --tests
called "--python-version 3.11 .*--abi cp311"
said "no modules are pinned for Python 3.14, only for 3.11 3.13"
[[ -f $tree/.deps/onnx/one.py ]] || fail "the wheel of the tests was not unpacked"

setup 3.11 0 --arch aarch64  # another machine's libraries, unpacked; nothing but a compiler is installed
called "apt-get .*install .* cross-g++$"
called "^unpack-debs $tree/.deps/aarch64/.apt arm64 $tree/.deps/aarch64/sysroot libx-dev$"
[[ -f $tree/.deps/aarch64/tflite/one.py ]] || fail "the engine for the other machine was not unpacked"
setup 3.11 0 --arch aarch64
not_called "^unpack-debs"

echo "unknown build" >>"$tree/scripts/packages.txt"
setup 3.11 1
called "install .*unknown"
said "apt-get could not install the packages"
