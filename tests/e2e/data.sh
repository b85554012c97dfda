#!/usr/bin/env bash
# `nnstretch data`: folders into .beton files and back; damaged input ends with the file and the place.
source "$NNSTRETCH_SOURCE/tests/e2e/_expect.sh"
[[ -x ${NNSTRETCH%/*}/nnstretch-training ]] || { echo "SKIPPED: the training component is not built"; exit 77; }
data() { expect "$1" "$NNSTRETCH" data "${@:2}"; }
mkdir -p in/train/cat in/train/dog
photos=("$NNSTRETCH_PHOTOS"/*.jpg)
for i in {0..99}; do ln -s "${photos[i % ${#photos[@]}]}" "in/train/$([[ $i -lt 60 ]] && echo cat || echo dog)/$i.jpg"; done

data 0 info in
says out "in: folder of images, 100 samples of 2 classes, 40 to 60 each"
data 0 write-beton in jpg.beton --mode jpg --max-resolution 64 --workers 2
says out "100 samples, 0 raw and 100 jpg"
data 0 info jpg.beton
says out "FFCV file, 100 samples of 2 classes, 40 to 60 each"
data 0 prepare jpg.beton a.npy --mode ffcv --size 32 --train --count 20
data 0 prepare jpg.beton b.npy --mode ffcv --size 32 --train --count 20 --workers 3
cmp a.npy b.npy || fail "three workers give other pictures than one"

# One damaged picture of a hundred is left out, two are an error.
cut() { rm "$1" && head -c 3000 "${photos[0]}" >"$1"; }
cut in/train/cat/7.jpg
data 0 prepare in a.npy --size 16 --resize 16 --count 100
says out "99 pictures, 1 skipped"
says err "skipped: in/train/cat/7.jpg: damaged JPEG"
cut in/train/dog/70.jpg
data 1 prepare in c.npy --size 16 --resize 16 --count 100
says err "2 of 100 samples of an epoch are damaged"
one_message
[[ ! -e c.npy ]] || fail "something was written"
data 1 write-beton in d.beton
says err "in/train/cat/7.jpg: damaged JPEG"
[[ ! $(ls d.beton* 2>/dev/null) ]] || fail "half a file was written"

# An offset of a sample that points outside, a table that is cut, a header.
damage() { cp jpg.beton bad.beton && printf "$2" | dd of=bad.beton bs=1 seek="$1" conv=notrunc status=none; }
damage $((24 + 2 * 1041 + 5)) '\xff\xff\xff\xff'
data 1 info bad.beton
says err "bad.beton: byte 2111: sample 0 has its pixels at"
damage 0 '\x09'
data 1 info bad.beton
says err "bad.beton: byte 0: version 9"
head -c 5000000 jpg.beton >bad.beton
data 1 info bad.beton
says err "bad.beton: byte 16: the allocation table begins at"
one_message

mkdir in/val in/val/horse && ln -s "${photos[0]}" in/val/horse
data 1 info in --split val
says err "in/val: the class 'cat' of the training split is missing"
data 1 info nothing
says err "nothing: no such dataset"
data 2 write-beton in x.beton --mode smart
data 2 write-beton in x.beton --mode zip
data 2 prepare in x.npy --size 32 --resize 16
data 2
finish
