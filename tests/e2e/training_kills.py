#!/usr/bin/python3
"""A training that is ended at random moments (SIGKILL, SIGTERM, Ctrl-C; alone and with two ranks) and started
again each time ends with the bits of one that was never ended; a signal that asks is answered with a checkpoint
within the epoch. A few ends always, 20 with NNSTRETCH_FULL=1."""
import os
import random
import signal
import subprocess
import time

from _outside import seed
from _training import command, make_pictures, newest, tensors, train

random.seed(seed())
make_pictures(train=1024)
EPOCHS = 6
SAVES = ["TRAIN.SAVE_STEPS", "3"]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
kills = {signal: 0 for signal in SIGNALS}


def ended_often(out, ends, *flags):
    started = time.time()
    train("whole" + out, EPOCHS, *flags)
    whole = time.time() - started
    for i in range(ends):
        process = subprocess.Popen(command(out, EPOCHS, *flags, keys=SAVES), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            said = process.communicate(timeout=random.uniform(0.3, 0.8) * whole / 2)
        except subprocess.TimeoutExpired:
            kind = SIGNALS[i % len(SIGNALS)]
            process.send_signal(kind)
            said = process.communicate()
            wanted = {signal.SIGKILL: [-9], signal.SIGTERM: [0, 143, -15], signal.SIGINT: [0, 130, -2]}[kind]
            assert process.returncode in wanted, (kind, process.returncode, said)
            kills[kind] += 1
    train(out, EPOCHS, *flags, keys=SAVES)
    assert tensors(newest(out, EPOCHS)) == tensors(newest("whole" + out, EPOCHS)), out
    assert os.listdir(f"{out}/checkpoints") == [os.path.basename(newest(out, EPOCHS))]


# Asked to stop in an epoch: the checkpoint is of that epoch, and the exit code says which signal it was.
for kind, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
    out = f"asked{code}"
    process = subprocess.Popen(command(out, EPOCHS, keys=["LOG_PERIOD", "1"]), stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if '"iter": "5/' in line and '"train_iter"' in line:
            process.send_signal(kind)
            break
    rest = process.stdout.read()
    assert process.wait() == code, process.returncode
    assert "within_epoch_" in rest and "Stopped by a signal" in rest, rest
    assert any(name.startswith("within_epoch_") for name in os.listdir(f"{out}/checkpoints"))

many = bool(os.environ.get("NNSTRETCH_FULL"))
ended_often("one", 12 if many else 3)
ended_often("two", 8 if many else 2, "--ranks", "2")
print("ended by", {kind.name: count for kind, count in kills.items()})
