# What the end-to-end tests share: run a command, check its exit code and what it says.
set -uo pipefail
failures=0
configs=$NNSTRETCH_SOURCE/configs
export NNSTRETCH_PHOTOS=$NNSTRETCH_SOURCE/assets/photos
export XDG_CACHE_HOME=$PWD/cache
rm -rf -- ./*

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# expect CODE COMMAND...: its exit code; stdout and stderr are kept in files `out` and `err`.
expect() {
  local code=$1
  shift
  timeout 280 "$@" >out 2>err
  local got=$?
  [[ $got == "$code" ]] || {
    fail "exit code $got, not $code: $*"
    tail -n 5 out err
  }
}

# says FILE WORDS: the file has these words; says_not the opposite.
says() { grep -qF -- "$2" "$1" || { fail "$1 does not say '$2'"; tail -n 5 "$1"; }; }
says_not() { ! grep -qF -- "$2" "$1" || fail "$1 says '$2'"; }
# one_message: what a failed command says on stderr is one line.
one_message() { [[ $(grep -c '^nnstretch: ' err) == 1 ]] || { fail "not one message"; cat err; }; }
rows() { [[ $(grep -c yaml "$1") == "$2" ]] || { fail "$1 has not $2 rows"; cat "$1"; }; }

finish() {
  ((failures == 0)) && echo "all as expected"
  exit $((failures > 0))
}
