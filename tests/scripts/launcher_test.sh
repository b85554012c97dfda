#!/usr/bin/env bash
# ./nnstretch in a small tree: it builds once, starts the program with its arguments and exit status,
# builds again what changed, shows why a build fails, and starts once built from many at a time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/a tree"  # with a space
mkdir -p "$tree"/{scripts,cmake,include,src,cli}
cp "$NNSTRETCH_SOURCE/nnstretch" "$NNSTRETCH_SOURCE/CMakePresets.json" "$tree"
cp "$NNSTRETCH_SOURCE"/scripts/{lib.sh,packages.txt,wheels.txt,wheels-{qnn,tests}.txt,unpack-wheel} "$tree/scripts"
cat >"$tree/scripts/setup" <<'SETUP'
#!/usr/bin/env bash
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/scripts/lib.sh"
mkdir -p "$root/.deps"
machine >"$root/.deps/stamp.build"
if [[ $* == --training ]]; then cp "$root/.deps/stamp.build" "$root/.deps/stamp.training"; fi
echo setup >>"$root/setups"
SETUP
chmod +x "$tree/scripts/setup"
cat >"$tree/CMakeLists.txt" <<'LIST'
cmake_minimum_required(VERSION 3.25)
project(small CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/cli")
add_executable(nnstretch cli/main.cpp)
if(NNSTRETCH_TRAINING)
  add_executable(nnstretch-training cli/main.cpp)
endif()
LIST
program() {  # a program that prints its version and arguments, and exits with their number
  cat >"$tree/cli/main.cpp" <<CPP
#include <cstdio>
int main(int n, char** words) {
  std::puts("version $1");
  for (int i = 1; i < n; ++i) std::puts(words[i]);
  return n - 1;
}
CPP
}
fail() {
  echo "$*"
  cat "$work/err"
  exit 1
}
start() { (cd / && "$tree/nnstretch" "$@" >"$work/out" 2>"$work/err"); }

program 1
for i in 1 2 3; do "$tree/nnstretch" >"$work/out.$i" 2>"$work/err.$i" & done
wait
for i in 1 2 3; do
  cp "$work/err.$i" "$work/err"
  [[ $(<"$work/out.$i") == "version 1" ]] || fail "start $i of three at once"
done

status=0
start "two words" --flag || status=$?
((status == 2)) || fail "exit status $status"
[[ $(<"$work/out") == $'version 1\ntwo words\n--flag' ]] || fail "arguments: $(<"$work/out")"
[[ ! -s $work/err ]] || fail "it talks though nothing is to be done"

program 2
start || fail "after an edit"
[[ $(<"$work/out") == "version 2" ]] || fail "the edit was not built"

echo "int broken(" >"$tree/cli/main.cpp"
status=0
start || status=$?
if ((status != 1)) || ! grep -q "error:" "$work/err"; then fail "a failed build: status $status"; fi
[[ ! -s $work/out ]] || fail "a failed build wrote on stdout"

program 3
start || fail "after a failed build"
[[ $(<"$work/out") == "version 3" ]] || fail "the repaired program was not built"

ln -s "$tree/nnstretch" "$work/link"
"$work/link" >"$work/out" 2>"$work/err" || fail "through a link"
[[ $(<"$work/out") == "version 3" ]] || fail "through a link: $(<"$work/out")"

trainer="$tree/build/release/cli/nnstretch-training"
start run train || true
[[ ! -e $trainer ]] || fail "the training component was built for nothing"
start train || true
[[ $(<"$work/out") == $'version 3\ntrain' ]] || fail "training: $(<"$work/out")"
[[ -x $trainer ]] || fail "the training component was not built"
rm "$trainer"
start run --with-accuracy here || true
[[ -x $trainer ]] || fail "the training component was not built for the accuracy"
start
[[ ! -s $work/err ]] || fail "it talks though nothing is to be done"

# A copy of the tree, with what was built in it, builds itself and leaves the first alone, however it
# was copied; so does a tree that was moved.
state() { (cd "$tree" && find . -type f -newer "$work/before"); }
for how in -r -a; do
  copy="$work/copy $how"
  touch "$work/before"
  cp "$how" "$tree" "$copy"
  sed -i 's/version 3/version 4/' "$copy/cli/main.cpp"
  "$copy/nnstretch" >"$work/out" 2>"$work/err" || fail "in a copy (cp $how)"
  [[ $(<"$work/out") == "version 4" ]] || fail "a copy (cp $how) ran: $(<"$work/out")"
  [[ ! $(state) ]] || fail "starting a copy changed the tree it came from: $(state)"
  grep -q "made for another tree" "$work/err" || fail "it does not say that it builds all again"
  "$copy/nnstretch" 2>"$work/err" >/dev/null
  [[ ! -s $work/err ]] || fail "a copy is built at every start"
  rm -rf "$copy"
done
mv "$tree" "$work/moved"
"$work/moved/nnstretch" >"$work/out" 2>"$work/err" || fail "after a move"
[[ $(<"$work/out") == "version 3" ]] || fail "after a move: $(<"$work/out")"
[[ ! -e $tree ]] || fail "a moved tree builds where it was"
mv "$work/moved" "$tree"
start || fail "after it was moved back"

count=$(wc -l <"$tree/setups")
touch -d '+2 seconds' "$tree/scripts/wheels.txt"
start || fail "with a new list of wheels"
(($(wc -l <"$tree/setups") == count + 1)) || fail "setup did not run for a new list"
