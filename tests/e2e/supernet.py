#!/usr/bin/python3
"""nnstretch supernet on pictures that are learnt in seconds: an elastic network learns with those
inside it, goes on after a kill, gives the same bits on two ranks and on two virtual ones; what is
taken out is scored, trained and built as any network. With NNSTRETCH_FULL=1 the whole acceptance on
glyphs as well (bench/supernet, the better part of an hour)."""
import json
import os
import shutil
import subprocess
import sys
import zipfile

from _outside import need, program, skip, source

need("numpy")
if not os.path.exists(program + "-training"):
    skip("the training component is not built; scripts/setup --training installs libtorch")
import _pictures

for name in os.listdir("."):
    shutil.rmtree(name, ignore_errors=True)
_pictures.write("pictures")
CONFIG = os.path.join(source, "configs/elastic/GLYPHS-2B.yaml")
KEYS = ["MODEL.NUM_CLASSES", "10", "TRAIN.DATASET", "cifar10", "TEST.DATASET", "cifar10", "TRAIN.BATCH_SIZE", "32",
        "BN.NUM_SAMPLES_PRECISE", "256", "OPTIM.BASE_LR", "0.1", "OPTIM.WARMUP_EPOCHS", "0",
        "ELASTIC.ALONE_EPOCHS", "1", "PREC_TIME.NUM_ITER", "0"]
EPOCHS = 6


def nnstretch(*words):
    result = subprocess.run([program, *words], capture_output=True, text=True)
    assert result.returncode == 0, (words, result.stderr)
    return result.stdout


def refused(*words):
    result = subprocess.run([program, *words], capture_output=True, text=True)
    assert result.returncode != 0, words
    return result.stderr


def command(out, epochs, *flags):
    return ["supernet", "train", "--cfg", CONFIG, "--data", "pictures", "--num_threads", "1", *flags, *KEYS,
            "OPTIM.MAX_EPOCH", str(epochs), "OUT_DIR", out]


def stats(log, kind):
    lines = [json.loads(line.split("json_stats: ")[1]) for line in log.splitlines() if "json_stats" in line]
    return [line for line in lines if line["_type"] == kind]


def tensors(path):
    with zipfile.ZipFile(path) as file:
        return {n: file.read(n) for n in file.namelist() if "/data/" in n}


def rows(out, kind):
    return json.loads(out[out.index("{"):])[kind]


# The largest and the smallest both learn.
log = nnstretch(*command("whole", EPOCHS))
assert stats(log, "test_epoch")[-1]["top1_err"] < 30, log
assert stats(log, "test_min_epoch")[-1]["top1_err"] < 40, log
assert stats(log, "test_min_epoch")[-1]["top1_err"] < stats(log, "test_min_epoch")[0]["top1_err"] - 30, log
LAST = f"checkpoints/model_epoch_{EPOCHS:04}.pyth"

# Killed and gone on: the same bits.
process = subprocess.Popen([program, *command("parts", EPOCHS)], stdout=subprocess.PIPE, text=True)
for line in process.stdout:
    if "Wrote checkpoint" in line and "0002" in line:
        process.kill()
process.wait()
again = nnstretch(*command("parts", EPOCHS))
assert "Loaded checkpoint from: parts/checkpoints/model_epoch_000" in again, again
assert tensors("parts/" + LAST) == tensors("whole/" + LAST)

# Two ranks draw the same networks and are one process that computes as they do.
nnstretch(*command("ranks", 2, "--ranks", "2"))
nnstretch(*command("virtual", 2, "--virtual_ranks", "2"))
assert tensors("ranks/checkpoints/model_epoch_0002.pyth") == tensors("virtual/checkpoints/model_epoch_0002.pyth")

# The largest and the smallest are scored as while training: the same network, other pictures for
# its statistics. Again the same.
SUPER = ["--cfg", CONFIG, "--data", "pictures", "--weights", "whole/" + LAST]
NAMES = ["max", "min", "random:1", "1x8+1x8,2x24+1x8,1x32+2x16"]
subnets = [word for name in NAMES for word in ("--subnet", name)]
scored = rows(nnstretch("supernet", "eval", *SUPER, *subnets, "--json", "-", *KEYS), "subnets")
assert scored == rows(nnstretch("supernet", "eval", *SUPER, *subnets, "--json", "-", *KEYS), "subnets")
assert [row["subnet"] for row in scored] == NAMES
assert abs(scored[0]["top1_err"] - stats(log, "test_epoch")[-1]["top1_err"]) < 5, scored
assert abs(scored[1]["top1_err"] - stats(log, "test_min_epoch")[-1]["top1_err"]) < 10, scored
assert scored[1]["multiply_adds"] < min(scored[2]["multiply_adds"], scored[3]["multiply_adds"]), scored
assert scored[3]["size"] == NAMES[3]

# One that is taken out is an ordinary network: the same errors, trained on, built.
for row in scored:
    nnstretch("supernet", "extract", *SUPER, "--subnet", row["subnet"], "--out", "taken", *KEYS)
    TAKEN = ["--cfg", "taken/config.yaml", "--weights", "taken/model.pyth"]
    own = rows(nnstretch("test", *TAKEN, "--data", "pictures", "--json", "-"), "networks")
    assert own[0]["top1_err"] == row["top1_err"], (own, row)
counted = nnstretch("info", "--csv", "--cfg", "taken/config.yaml")
assert str(scored[3]["multiply_adds"]) in counted, (counted, scored[3])
nnstretch("build", *TAKEN, "--out", "taken.tflite")
onwards = nnstretch("train", "--cfg", "taken/config.yaml", "--data", "pictures", "--num_threads", "1",
                    "TRAIN.WEIGHTS", "taken/model.pyth", "OUT_DIR", "onwards", "OPTIM.MAX_EPOCH", "1",
                    "OPTIM.BASE_LR", "0.001")
assert stats(onwards, "test_epoch")[-1]["top1_err"] < scored[3]["top1_err"] + 10, onwards
# Without weights the configuration alone, for a training from the beginning.
nnstretch("supernet", "extract", "--cfg", CONFIG, "--subnet", "min", "--out", "start", *KEYS)
assert os.listdir("start") == ["config.yaml"]

# What is wrong is said.
assert "supernet train" in refused("train", "--cfg", CONFIG, "--data", "pictures")
assert "names no smallest network" in refused("supernet", "train", "--cfg", "taken/config.yaml", "--data", "pictures")
assert "is no network inside" in refused("supernet", "eval", *SUPER, "--subnet", "9x9", *KEYS)
print("learnt to", *(row["top1_err"] for row in scored), "% wrong")

if os.environ.get("NNSTRETCH_FULL"):
    nnstretch("data", "make-glyphs", "--out", "glyphs")
    acceptance = subprocess.run([sys.executable, os.path.join(source, "bench/supernet"), "--data", "glyphs",
                                 "--program", program, "--work", "acceptance"])
    assert acceptance.returncode == 0
