#!/usr/bin/python3
"""nnstretch train on pictures that are learnt in seconds: it learns and goes on after an end; test scores
what it wrote, in float and as the int8 file that is timed."""
import json
import os
import re
import subprocess

from _outside import program
from _training import CONFIG, KEYS, command, make_calibration, make_pictures, newest, stats, tensors, train

make_pictures(test=1000, noise=250)
make_calibration()  # photographs do not have the range of such noise
EPOCHS = 8
# It learns, and its log has what tools for pycls' logs look for.
log = train("whole", EPOCHS)
epochs = stats(log, "train_epoch")
assert [e["epoch"] for e in epochs] == [f"{i + 1}/{EPOCHS}" for i in range(EPOCHS)]
assert epochs[-1]["loss"] < 0.6 * epochs[0]["loss"], epochs
assert stats(log, "test_epoch")[-1]["top1_err"] < 30, log
assert len(stats(log, "train_iter")) == EPOCHS, log
keys = "_type epoch eta iter loss lr mem time_avg time_diff top1_err top5_err".split()
assert list(stats(log, "train_iter")[0]) == keys
assert re.search(r'^\[meters\.cpp: .*\]: json_stats: \{"_type": "test_ema_epoch"', log, re.M), log
assert os.listdir("whole/checkpoints") == [os.path.basename(newest("whole", EPOCHS))]

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
assert tensors(newest("parts", EPOCHS)) == tensors(newest("whole", EPOCHS))

# A checkpoint of another network is named, and nothing is trained; a log may be a file.
os.makedirs("other/checkpoints")
os.link(newest("whole", EPOCHS), newest("other", EPOCHS))
stranger = subprocess.run(command("other", EPOCHS + 1, keys=["ANYNET.STEM_W", "24"]), capture_output=True, text=True)
assert stranger.returncode == 1 and stranger.stderr.count("nnstretch: ") == 1, stranger
assert f"nnstretch: {newest('other', EPOCHS)}: 'stem.conv.weight' is" in stranger.stderr, stranger.stderr
assert not stats(stranger.stdout, "train_epoch") and os.listdir("other/checkpoints") == os.listdir("whole/checkpoints")
assert not stats(train("logged", 1, keys=["LOG_DEST", "file"]), "train_epoch")
train("logged", 2, keys=["LOG_DEST", "file"])
with open("logged/stdout.log") as file:
    assert [e["epoch"] for e in stats(file.read(), "train_epoch")] == ["1/1", "2/2"]

# The timing pass has pycls' lines, and changes not a bit of what follows.
log_of_times = train("timed", 1, keys=["PREC_TIME.NUM_ITER", "2"])
(step,), (epoch,) = stats(log_of_times, "iter_times"), stats(log_of_times, "epoch_times")
names = "_type test_fw_time train_bw_time train_fw_bw_time train_fw_time train_loader_time"
assert list(step) == list(epoch) == names.split(), (step, epoch)
assert 0 < step["test_fw_time"] and 0 < step["train_fw_time"] < step["train_fw_bw_time"], step
for name, steps in ("train_fw_bw_time", 512 // 32), ("test_fw_time", 1000 // 8):
    assert abs(epoch[name] - steps * step[name]) < 1e-4 * steps, (name, step, epoch)
assert "iter_times" not in log
train("untimed", 1)
assert tensors(newest("timed", 1)) == tensors(newest("untimed", 1))

# What was trained is what is scored: the error of the log, again from the file; int8 close to it.
build = [program, "build", "--cfg", CONFIG, "--weights", newest("whole", EPOCHS),
         "--calibration", "calibration", "--out", "whole.tflite", *KEYS[:4]]
subprocess.run(build, check=True, capture_output=True)
test = [program, "test", "--cfg", CONFIG, "--data", "pictures", "--weights",
        newest("whole", EPOCHS), "--model", "whole.tflite", "--json", "-", *KEYS[:4]]
result = subprocess.run(test, capture_output=True, text=True)
assert result.returncode == 0, result.stderr
rows = json.loads(result.stdout[result.stdout.index("{"):])["networks"]
assert [r.get("weights") for r in rows] == ["model", "ema", None]
assert rows[0]["top1_err"] == stats(log, "test_epoch")[-1]["top1_err"], rows
assert rows[1]["top1_err"] == stats(log, "test_ema_epoch")[-1]["top1_err"], rows
better = min(rows[0], rows[1], key=lambda row: row["top1_err"])  # build takes the better one
assert 5 < better["top1_err"] < 40, rows  # a network that is always right, or never, would hide what int8 loses
assert rows[2]["images"] == 1000 and abs(rows[2]["top1_err"] - better["top1_err"]) < 2, rows
assert rows[2]["computed_as"].startswith("int8 on ") and rows[2]["plan_hash"], rows

# A training leaves pictures behind that its network is calibrated with, where nobody names others.
assert len(os.listdir("whole/calibration")) == 256
own = subprocess.run([program, "build", "--cfg", "whole/config.yaml", "--weights", newest("whole", EPOCHS), "--out", "own.tflite"],
                     check=True, capture_output=True, text=True)
assert "calibrated on 256 of 256 pictures of whole/calibration" in own.stderr, own.stderr
said = subprocess.run([program, "test", "--cfg", "whole/config.yaml", "--model", "own.tflite", "--json", "-"],
                      capture_output=True, text=True, check=True).stdout
error = json.loads(said[said.index("{"):])["networks"][0]["top1_err"]
assert abs(error - better["top1_err"]) < 2, (error, better)


def computed_as(model, *flags):
    words = [program, "test", "--cfg", CONFIG, "--data", "pictures", "--model", model, "--json", "-", *flags, *KEYS[:4]]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return json.loads(said[said.index("{"):])["networks"][0]["computed_as"].split(" on ")[0]

in_float = ["--precision", "f32", *("float.tflite" if word == "whole.tflite" else word for word in build[2:])]
subprocess.run([*build[:2], *in_float], check=True, capture_output=True)
assert computed_as("whole.tflite", "--engine", "reference", "--arithmetic", "f32") == "f32"
assert computed_as("float.tflite", "--engine", "reference") == "f32"

# Latency and accuracy in one run, of one file; a data set that is not there costs nothing.
with open("net.yaml", "w") as file:
    file.write(open(CONFIG).read().replace("DATASET: imagenet", "DATASET: cifar10"))
run = [program, "run", "--cfg", "net.yaml", "--weights", newest("whole", EPOCHS),
       "--calibration", "calibration", "--num_runs", "3", "--warmup_runs", "1", "--workdir", "work", "--with_accuracy"]
subprocess.run([*run, "pictures"], check=True, capture_output=True)
record = json.load(open("work/data/result.json"))["configs"]["net.yaml"]
assert record["accuracy"]["network"] == record["model"] and record["accuracy"]["images"] == 1000, record
assert record["accuracy"]["top1_err"] == rows[2]["top1_err"], record["accuracy"]
nothing = subprocess.run([*run, "nowhere"], capture_output=True, text=True)
assert nothing.returncode == 2 and "nowhere" in nothing.stderr, nothing.stderr
assert "net.yaml" in open("work/data/result.csv").read()
print("learnt to", rows[0]["top1_err"], "% wrong; as int8", rows[2]["top1_err"])
