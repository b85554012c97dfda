#!/usr/bin/python3
"""nnstretch train on pictures that are learnt in seconds: it learns, goes on after an end, gives the
same bits on two ranks and on two virtual ones, and says so when a rank is killed; test scores what
it wrote, in float and as the int8 file that is timed."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

from _outside import need, program, skip, source

need("numpy")
if not os.path.exists(program + "-training"):
    skip("the training component is not built; scripts/setup --training installs libtorch")
import _pictures

for name in os.listdir("."):
    shutil.rmtree(name, ignore_errors=True)
_pictures.write("pictures")
CONFIG = os.path.join(source, "configs/tiny/TINY-RX-CD.yaml")
KEYS = ["TRAIN.DATASET", "cifar10", "TEST.DATASET", "cifar10", "TRAIN.BATCH_SIZE", "32",
        "BN.NUM_SAMPLES_PRECISE", "64", "OPTIM.BASE_LR", "0.2", "OPTIM.WARMUP_EPOCHS", "0",
        "OPTIM.MAX_EPOCH"]
EPOCHS = 8


def command(out, epochs, *flags):
    return [program, "train", "--cfg", CONFIG, "--data", "pictures", "--num_threads", "1", *flags,
            *KEYS, str(epochs), "OUT_DIR", out]


def train(out, epochs, *flags):
    result = subprocess.run(command(out, epochs, *flags), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def stats(log, kind):
    lines = [json.loads(line.split("json_stats: ")[1]) for line in log.splitlines() if "json_stats" in line]
    return [line for line in lines if line["_type"] == kind]


def tensors(path):
    """The bytes of a checkpoint without what it says of its configuration."""
    with zipfile.ZipFile(path) as file:
        return {n: file.read(n) for n in file.namelist() if "/data/" in n}


# It learns, and its log has what tools for pycls' logs look for.
log = train("whole", EPOCHS)
epochs = stats(log, "train_epoch")
assert [e["epoch"] for e in epochs] == [f"{i + 1}/{EPOCHS}" for i in range(EPOCHS)]
assert epochs[-1]["loss"] < 0.5 * epochs[0]["loss"], epochs
assert stats(log, "test_epoch")[-1]["top1_err"] < 30, log
assert len(stats(log, "train_iter")) == EPOCHS, log
keys = "_type epoch eta iter loss lr mem time_avg time_diff top1_err top5_err".split()
assert list(stats(log, "train_iter")[0]) == keys
assert re.search(r'^\[meters\.cpp: .*\]: json_stats: \{"_type": "test_ema_epoch"', log, re.M), log
LAST = f"checkpoints/model_epoch_{EPOCHS:04}.pyth"
assert os.listdir("whole/checkpoints") == [os.path.basename(LAST)]

# Killed after two epochs and gone on: the others repeat bit for bit.
process = subprocess.Popen(command("parts", EPOCHS), stdout=subprocess.PIPE, text=True)
for line in process.stdout:
    if "Wrote checkpoint" in line and "0002" in line:
        process.kill()
process.wait()
again = train("parts", EPOCHS)
assert "Loaded checkpoint from: parts/checkpoints/model_epoch_000" in again, again
losses = [e["loss"] for e in stats(again, "train_epoch")]
assert losses and losses == [e["loss"] for e in epochs[-len(losses):]]
assert tensors("parts/" + LAST) == tensors("whole/" + LAST)

# Two ranks, and one process that computes as they do.
train("ranks", 2, "--ranks", "2")
train("virtual", 2, "--virtual_ranks", "2")
two = tensors("ranks/checkpoints/model_epoch_0002.pyth")
assert two == tensors("virtual/checkpoints/model_epoch_0002.pyth")
train("one", 2)
assert two != tensors("one/checkpoints/model_epoch_0002.pyth")  # batch norms of halves differ


def ranks_of(parent):
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(pid) for pid in file.read().split()]


def lose(how):
    """Two ranks, one of which meets a signal once they train; the seconds until all have ended."""
    shutil.rmtree("lost", ignore_errors=True)
    lost = subprocess.Popen(command("lost", 1000, "--ranks", "2", "--rank_timeout", "5"),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in lost.stdout:
        if "train_epoch" in line:
            break
    children = ranks_of(lost.pid)
    assert len(children) == 2
    os.kill(children[1], how)
    begin = time.monotonic()
    said = lost.communicate()[1]
    assert lost.returncode == 1 and "rank" in said, said
    assert not any(os.path.exists(f"/proc/{child}") for child in children)
    return time.monotonic() - begin, said


seconds, said = lose(signal.SIGKILL)
assert seconds < 10, seconds
assert "rank 1 of 2 was ended by signal 9" in said and "another rank is gone" in said, said
seconds, said = lose(signal.SIGSTOP)
assert "did not come within 5 s" in said, said

# What was trained is what is scored: the error of the log, again from the file; int8 close to it.
build = [program, "build", "--cfg", CONFIG, "--weights", "whole/" + LAST,
         "--out", "whole.tflite", *KEYS[:4]]
subprocess.run(build, check=True, capture_output=True)
test = [program, "test", "--cfg", CONFIG, "--data", "pictures", "--weights",
        "whole/" + LAST, "--model", "whole.tflite", "--json", "-", *KEYS[:4]]
result = subprocess.run(test, capture_output=True, text=True)
assert result.returncode == 0, result.stderr
rows = json.loads(result.stdout[result.stdout.index("{"):])["networks"]
assert [r.get("weights") for r in rows] == ["model", "ema", None]
assert rows[0]["top1_err"] == stats(log, "test_epoch")[-1]["top1_err"], rows
assert rows[1]["top1_err"] == stats(log, "test_ema_epoch")[-1]["top1_err"], rows
better = min(rows[0], rows[1], key=lambda row: row["top1_err"])  # build takes the better one
assert rows[2]["images"] == 128 and abs(rows[2]["top1_err"] - better["top1_err"]) < 5, rows
assert "int8 on" in rows[2]["computed_as"] and rows[2]["plan_hash"], rows

# Latency and accuracy in one run, of one file; a data set that is not there is a failure.
with open("net.yaml", "w") as file:
    file.write(open(CONFIG).read().replace("DATASET: imagenet", "DATASET: cifar10"))
run = [program, "run", "--cfg", "net.yaml", "--weights", "whole/" + LAST,
       "--num_runs", "3", "--warmup_runs", "1", "--workdir", "work", "--with_accuracy"]
subprocess.run([*run, "pictures"], check=True, capture_output=True)
record = json.load(open("work/data/result.json"))["configs"]["net.yaml"]
assert record["accuracy"]["network"] == record["model"] and record["accuracy"]["images"] == 128, record
assert record["accuracy"]["top1_err"] == rows[2]["top1_err"], record["accuracy"]
nothing = subprocess.run([*run, "nowhere"], capture_output=True, text=True)
assert nothing.returncode == 1 and "nowhere" in nothing.stderr, nothing.stderr
assert "net.yaml" not in open("work/data/result.csv").read()
print("learnt to", rows[0]["top1_err"], "% wrong; as int8", rows[2]["top1_err"])
