#!/usr/bin/env bash
# A miniature of ImageNet's archives extracted; killed in the middle and resumed; damaged archives
# and folders that do not belong refused with the place.
source "$NNSTRETCH_SOURCE/tests/e2e/_expect.sh"
[[ -x ${NNSTRETCH%/*}/nnstretch-training ]] || { echo "SKIPPED: the training component is not built"; exit 77; }
mkdir in && /usr/bin/python3 "$NNSTRETCH_SOURCE/tests/data/data/make-imagenet" in
train=in/ILSVRC2012_img_train.tar val=in/ILSVRC2012_img_val.tar
devkit=in/ILSVRC2012_devkit_t12.tar.gz
extract() { expect "$1" "$NNSTRETCH" data imagenet-extract "${@:2}"; }

# All three sources of labels give the same folders.
expected="n01440764: 00000001 00000005
n02105855: 00000002
n02119789: 00000003 00000004"
for labels in "$devkit" in/LOC_val_solution.csv in/valprep.sh; do
  extract 0 --no_check --val "$val" --val_labels "$labels" --out "val-${labels##*/}"
  found=$(cd "val-${labels##*/}/val" && for class in *; do
    echo "$class:" $(ls "$class" | sed 's/ILSVRC2012_val_\(.*\).JPEG/\1/')
  done)
  [[ $found == "$expected" ]] || fail "labels of $labels: $found"
done

# Killed while it reads the archive from a pipe that holds back the second half.
mkfifo pipe
half=$(($(stat -c %s "$train") / 2))
"$NNSTRETCH" data imagenet-extract --no_check --train pipe --out whole 2>err & program=$!
exec {writer}>pipe
head -c "$half" "$train" >&"$writer"
until [[ -d whole/train/n02119789 ]]; do kill -0 "$program" 2>/dev/null || break; done
kill -9 "$program"
wait "$program" 2>/dev/null
exec {writer}>&-
[[ ! -d whole/train/n02105855 ]] || fail "the last class is there before it was sent"
extract 0 --no_check --train "$train" --val "$val" --val_labels "$devkit" --out whole
says out "train: 3 classes, 1 of them before; 6 pictures extracted"
[[ ! $(find whole -name '*.part') ]] || fail "something half-written is left"
[[ $(find whole/train -name '*.JPEG' | wc -l) == 9 ]] || fail "not nine training pictures"
for class in n01440764 n02105855 n02119789; do
  tar -xf "$train" -O "$class.tar" | tar -xf - -O | cksum >sums
  cat whole/train/$class/* | cksum | cmp - sums || fail "pictures of $class differ"
done
extract 0 --no_check --train "$train" --val "$val" --val_labels "$devkit" --out whole
says out "train: 3 classes, 3 of them before; 0 pictures extracted"
says out "val: 5 pictures, 5 of them before"

# What was extracted is a data set; the PNG and the CMYK picture are read.
expect 0 "$NNSTRETCH" data info whole --json -
says out '"n02105855"'
expect 0 "$NNSTRETCH" data prepare whole x.npy --size 16 --resize 16
says out "9 pictures, 0 skipped"
says out "labels: 0 0 0 1 1 1 2 2 2"
expect 0 "$NNSTRETCH" data prepare whole x.npy --split val --size 16 --resize 16
says out "labels: 0 0 1 2 2"

# The published sums.
extract 1 --train "$train" --out checked
says err "$train: its MD5 sum is $(md5sum <"$train" | cut -d' ' -f1), not 1d675b47d978889d74fa0da5fadfb00e"

# Cut short, with the offset; a class that does not belong.
head -c 100000 "$train" >cut.tar
extract 1 --no_check --train cut.tar --out cut
says err "cut.tar"
says err "at byte"
one_message
head -c 60000 "$val" >cut-val.tar
extract 1 --no_check --val cut-val.tar --val_labels "$devkit" --out cut
says err "at byte"
mkdir -p whole/val/n00000000 && cp whole/val/n01440764/* whole/val/n00000000
expect 1 "$NNSTRETCH" data info whole --split val
says err "the class 'n00000000' is not in the training split"
extract 2 --out nothing
extract 2 --no_check --val "$val" --out nothing
finish
