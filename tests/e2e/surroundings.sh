#!/usr/bin/env bash
# What a process finds around it: no home, a cache that another user has prepared, no /sys, other
# engines than those it was built with.
source "$(dirname "$0")/_expect.sh"
net=$configs/tiny/TINY-RX-CD.yaml
expect 0 "$NNSTRETCH" build --cfg "$net" --out net.tflite
timed=("$NNSTRETCH" bench --model "$PWD/net.tflite" --num_runs 1 --latency_only)

# Without a home nothing is remembered, which is said once, and nothing is touched that others may
# have made in a place that they can guess.
mkdir mine && echo "my own words" >mine/secret && chmod 700 mine
as_another=()
if ((EUID == 0)) && command -v setpriv >/dev/null; then
  as_another=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
guessed=/tmp/nnstretch-$EUID
if [[ -e $guessed ]]; then
  echo "not tried: $guessed is there already"
else
  trap 'rm -rf "$guessed"' EXIT
  # shellcheck disable=SC2016  # for the other shell
  "${as_another[@]}" bash -c 'mkdir "$1" && cd "$1" || exit
    for name in engines.json engines.json.lock; do ln -s "$2/made" $name; done
    for ((pid = $$; pid < $$ + 400; ++pid)); do ln -s "$2/secret" "engines.json.$pid.part"; done' _ "$guessed" "$PWD/mine"
  find "$guessed" | sort >before
  (cd / && timeout 280 env -i "${timed[@]}") >out 2>err || { fail "no result without a home"; cat err; }
  [[ $(grep -c "not remembered" err) == 1 ]] || { fail "it is not said once that nothing is remembered"; cat err; }
  find "$guessed" | sort | cmp -s - before || fail "something was made in the folder of another user"
  [[ $(<mine/secret) == "my own words" && $(find mine | wc -l) == 2 ]] || fail "a link of another user was followed"
fi

# Nothing but our own is kept in the cache folder: no engine's telemetry, either.
XDG_CACHE_HOME=$PWD/fresh expect 0 "$NNSTRETCH" devices
XDG_CACHE_HOME=$PWD/fresh expect 0 "${timed[@]}"
[[ $(ls fresh) == nnstretch ]] || { fail "an engine keeps something of its own"; find fresh; }

# A cache folder that others may write.
mkdir -p loose/nnstretch && chmod 777 loose/nnstretch
XDG_CACHE_HOME=$PWD/loose expect 0 "${timed[@]}"
says err "others may write there"
[[ -z $(ls loose/nnstretch) ]] || fail "a folder that others may write was written"
if ((${#as_another[@]})); then
  mkdir -p foreign/nnstretch && chown 65534 foreign/nnstretch
  XDG_CACHE_HOME=$PWD/foreign expect 0 "${timed[@]}"
  says err "belongs to another user"
  [[ -z $(ls foreign/nnstretch) ]] || fail "a folder of another user was written"
fi

# Without /sys every command knows the same cores.
hidden() { unshare -m bash -c 'mount -t tmpfs none /sys/devices/system/cpu && exec "$@"' _ "$@"; }
if hidden true 2>/dev/null; then
  for command in "devices" "bench --model net.tflite --num_runs 1 --latency_only"; do
    # shellcheck disable=SC2086  # one word an argument
    hidden timeout 280 "$NNSTRETCH" $command >out 2>err || { fail "no $command without /sys"; cat err; }
  done
else
  echo "not tried: /sys cannot be hidden here"
fi

# Versions are those of the libraries that are loaded. LiteRT's is noted when it is unpacked.
module=$(find "$NNSTRETCH_BUILD"/lib* -name libnnstretch_engine_litert.so)
library=$(ldd "$module" | awk '$1 ~ /libLiteRt\.so$/ {print $3}')
mkdir ai_edge_litert && cp "$library" ai_edge_litert/
python3 -m zipfile -c ai_edge_litert-1.2.3-cp311-none-any.whl ai_edge_litert/
rm -r ai_edge_litert
"$NNSTRETCH_SOURCE/scripts/unpack-wheel" ai_edge_litert-1.2.3-cp311-none-any.whl "$PWD/ai_edge_litert"
version_of() { python3 -c 'import json, sys; print(json.load(open("devices.json"))["context"]["engines"][sys.argv[1]])' "$1"; }
with() { LD_LIBRARY_PATH=$PWD/ai_edge_litert expect 0 "$NNSTRETCH" devices --json devices.json; }
with
[[ $(version_of litert) == 1.2.3 ]] || fail "litert is $(version_of litert), but 1.2.3 was unpacked"
grep -q "^litert  *1.2.3" out || { fail "devices tells another version"; cat out; }
printf 'x' >>ai_edge_litert/libLiteRt.so
with
sum=$(sha256sum ai_edge_litert/libLiteRt.so | cut -c1-12)
[[ $(version_of litert) == "unknown (sha256 $sum)" ]] || fail "another library is said to be $(version_of litert)"
[[ $(version_of openvino) =~ ^20[0-9]{2}\.[0-9] ]] || grep -q "^openvino .*not in this build" out || fail "openvino is $(version_of openvino)"
NNSTRETCH_DEPS=$PWD/nowhere expect 0 "$NNSTRETCH" devices --json devices.json
[[ $(version_of qnn) == None ]] || fail "qnn is not there, and is said to be $(version_of qnn)"
finish
