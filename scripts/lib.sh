# shellcheck shell=bash
# What the scripts share: messages on stderr, progress, and whether .deps is up to date. Sourced
# with $root set to the top of the source tree. Nothing here may be slow: every start passes it.

say() { printf 'nnstretch: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# Shows the lines of stdin: on a terminal each over the one before, elsewhere one every ten seconds.
progress() {
  local label=$1 line shown=$SECONDS
  local width=${COLUMNS:-80}
  while IFS= read -r line; do
    if [[ -t 2 ]]; then
      line="$label: $line"
      printf '\r\033[K%s' "${line:0:width-1}" >&2
    elif ((SECONDS - shown >= 10)); then
      shown=$SECONDS
      say "$label: $line"
    fi
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# What a log says of a failure: of ninja's, each failed step; of others the last lines.
failure() {
  if grep -q '^FAILED: ' "$1"; then
    awk '/^\[[0-9]+\//{on = 0} /^FAILED: /{on = 1} on' "$1" | tail -n 60
  else
    tail -n 40 "$1"
  fi
}

# logged LOG LABEL COMMAND...: the command's output in LOG with its progress shown; what went wrong
# if it fails, and then its exit status.
logged() {
  local log=$1 label=$2 status=0
  shift 2
  "$@" 2>&1 </dev/null | tee -a "$log" | progress "$label" || status=$?
  if ((status)); then
    say "$label failed; from $log:"
    failure "$log" >&2
  fi
  return "$status"
}

# is_foreign_build FOLDER: whether CMake made it for another source tree, of which this one is a copy,
# or under the name that this one had before it was moved. CMake refuses such a folder, and ninja goes
# on building the other tree.
# shellcheck disable=SC2154  # $root is the caller's
is_foreign_build() {
  local line
  while IFS= read -r line; do
    if [[ $line == CMAKE_HOME_DIRECTORY:INTERNAL=* ]]; then
      [[ ! ${line#*=} -ef $root ]]
      return
    fi
  done 2>/dev/null <"$1/CMakeCache.txt"
  return 1
}

# Empties such a folder, but for locks that are held there and what fuzzing found.
discard_foreign_build() {
  is_foreign_build "$1" || return 0
  say "${1#"$root/"} was made for another tree: building all of it again"
  find "$1" -mindepth 1 -maxdepth 1 ! -name .lock ! -name corpus ! -name findings -exec rm -rf {} +
}

# The machine that .deps/stamp.GROUP was made on: a tree carried to another one is set up again.
machine() {
  local id=unknown
  if [[ -r /etc/machine-id ]]; then read -r id </etc/machine-id || true; fi
  printf '%s' "$id"
}

# setup_is_fresh GROUP [DEPS]: whether everything of scripts/setup was there, and nothing changed since.
setup_is_fresh() {
  local stamp=${2-$root/.deps}/stamp.$1 list made_on=""
  [[ -f $stamp ]] || return 1
  for list in packages.txt wheels.txt wheels-qnn.txt wheels-tests.txt setup unpack-debs unpack-wheel; do
    [[ ! $root/scripts/$list -nt $stamp ]] || return 1
  done
  [[ ! /var/lib/dpkg/status -nt $stamp ]] || return 1
  read -r made_on <"$stamp" || true
  [[ $made_on == "$(machine)" ]]
}
