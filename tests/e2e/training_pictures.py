#!/usr/bin/python3
"""nnstretch train, test and run on a folder of photographs. What `test` says of a model file is what `infer`
says of it picture by picture, in any size and order of colours. Damaged photographs are counted; too many are an
error."""
import json
import os
import re
import subprocess

from _outside import photos, program, source
from _training import newest, stats

CONFIG = "net.yaml"
PHOTOS = sorted(name for name in os.listdir(photos) if name.endswith(".jpg"))
CLASSES, TRAIN, VAL = 10, 400, 200  # photograph i is of class i % 10
# Roundings may decide between classes: what is compared is computed by one plan, on any machine.
PLAN = ["--engine", "litert", "--no_spread"]
KEYS = ["PREC_TIME.NUM_ITER", "0", "OPTIM.WARMUP_EPOCHS", "0", "OPTIM.MAX_EPOCH", "2"]


def nnstretch(*words, code=0):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done.stdout if code == 0 else done.stderr


def path_of(split, i):
    label = i % len(PHOTOS) % CLASSES
    return f"photos/{split}/{label}/{i:03}.jpg"


def lay_out():
    for split, count in (("train", TRAIN), ("val", VAL)):
        for i in range(count):
            os.makedirs(os.path.dirname(path_of(split, i)), exist_ok=True)
            os.symlink(os.path.join(photos, PHOTOS[i % len(PHOTOS)]), path_of(split, i))
    with open(os.path.join(source, "configs/tiny/TINY-RX-CD.yaml")) as file, open(CONFIG, "w") as copy:
        copy.write(file.read())


def train(out, *flags, keys=()):
    return nnstretch("train", "--cfg", CONFIG, "--data", "photos", "--num_threads", "1", *flags, *KEYS, "OUT_DIR",
                     out, *keys)


def test(*words):
    out = nnstretch("test", "--data", "photos", "--json", "-", *words)
    return json.loads(out[out.index("{"):])["networks"]


def error_by_infer(model):
    """Of the validation pictures, one at a time, prepared by what stands in the file."""
    seen = {}
    for photo in PHOTOS:
        best = nnstretch("infer", "--model", model, "--input", os.path.join(photos, photo), *PLAN).splitlines()[1]
        seen[photo] = int(re.match(r"\s*(\d+)", best)[1])
    wrong = sum(seen[PHOTOS[i % len(PHOTOS)]] != i % len(PHOTOS) % CLASSES for i in range(VAL))
    return 100 * wrong / VAL


lay_out()
log = train("out")

# In another size than TRAIN.IM_SIZE: the file that is timed is the file that is scored, by the same plan.
nnstretch("run", "--cfg", CONFIG, "--weights", "out/model.pyth", "--im_size", "48", "--num_runs", "3",
          "--warmup_runs", "1", "--workdir", "work", *PLAN, "--with_accuracy", "photos")
record = json.load(open("work/data/result.json"))["configs"][CONFIG]
assert record["im_size"] == 48 and record["accuracy"]["images"] == VAL, record
assert record["accuracy"]["plan_hash"] == record["plan_hash"], record
wanted = error_by_infer(record["model"])
assert 0 < wanted < 100 and abs(record["accuracy"]["top1_err"] - wanted) < 1e-6, (record["accuracy"], wanted)

# The order of colours is kept wherever something of this training is written, and matters.
colours = train("rgb", "--colour", "rgb")
assert [e["loss"] for e in stats(colours, "train_epoch")] != [e["loss"] for e in stats(log, "train_epoch")]
assert "COLOUR: rgb" in open("rgb/config.yaml").read() and "COLOUR" not in open("out/config.yaml").read()
last = newest("rgb", 2)
nnstretch("build", "--cfg", "rgb/config.yaml", "--weights", last, "--precision", "f32", "--out", "rgb.tflite")
kept = test("--cfg", "rgb/config.yaml", "--weights", last, "--model", "rgb.tflite", *PLAN)
said = test("--cfg", CONFIG, "--weights", last, "--colour", "rgb")
refused = nnstretch("test", "--cfg", CONFIG, "--data", "photos", "--weights", last, code=1)
assert "the checkpoint was trained on other pictures: rgb" in refused and "--as_cfg" in refused, refused
refused = nnstretch("test", "--cfg", CONFIG, "--data", "photos", "--model", "rgb.tflite", code=1)
assert "the model file was made for other pictures: rgb" in refused, refused
swapped = test("--cfg", CONFIG, "--weights", last, "--as_cfg")
assert kept[0]["top1_err"] == said[0]["top1_err"] == stats(colours, "test_epoch")[-1]["top1_err"], (kept, said)
assert any(swapped[0][error] != kept[0][error] for error in ("top1_err", "top5_err")), (swapped, kept)
by_infer = error_by_infer("rgb.tflite")
assert abs(kept[2]["top1_err"] - by_infer) < 1e-6, (kept, by_infer)


def damage(split, *which):
    for i in which:
        os.remove(path_of(split, i))
        with open(path_of(split, i), "w") as file:
            file.write("no picture")


# Damaged pictures: counted over all ranks, in the log and by `test`.
assert "skipped" not in log
damage("train", 7, 8)  # one of each rank, or both of one: the order is shuffled
damage("val", 5)
for flags in ([], ["--ranks", "2"], ["--virtual_ranks", "2"]):
    out = "-".join(["damaged", *flags])
    said = train(out, *flags)
    assert [e["skipped"] for e in stats(said, "train_epoch")] == [2, 2], said
    assert [e["skipped"] for e in stats(said, "test_epoch") + stats(said, "test_ema_epoch")] == [1] * 4, said
done = subprocess.run([program, "test", "--cfg", CONFIG, "--data", "photos", "--weights", last, "--model", "rgb.tflite",
                       "--as_cfg", "--json", "test.json"], capture_output=True, text=True)
assert done.returncode == 0 and done.stdout.count("199, 1 damaged") == 3, done.stdout
assert f"skipped: {path_of('val', 5)}" in done.stderr, done.stderr
assert [(row["images"], row["skipped"]) for row in json.load(open("test.json"))["networks"]] == [(199, 1)] * 3
damage("val", 6, 7)
assert "3 of 200 samples of an epoch are damaged" in nnstretch(
    "test", "--cfg", CONFIG, "--data", "photos", "--weights", last, "--as_cfg", code=1)
damage("train", 9, 10, 11)
said = nnstretch("train", "--cfg", CONFIG, "--data", "photos", *KEYS, "OUT_DIR", "broken", code=1)
assert re.search(r"nnstretch: 5 of 400 samples of an epoch are damaged, the last: photos/train/\d/\d+\.jpg", said), said
print("wrong on photographs:", wanted, "% at 48 pixels;", by_infer, "% red first")
