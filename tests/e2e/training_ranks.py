#!/usr/bin/python3
"""Ranks of nnstretch train: two and three give the bits of as many virtual ones, started by us or as
torchrun starts them; when one is killed or stands still, the others say so."""
import os
import shutil
import signal
import socket
import subprocess
import time

from _training import command, make_pictures, newest, stats, tensors, train

make_pictures()
TEST_BATCHES = 128 // 4  # of virtual ranks: each tests half of every batch of 8

# Two ranks, and one process that computes as they do.
train("ranks", 2, "--ranks", "2")
log = train("virtual", 2, "--virtual_ranks", "2", keys=["LOG_PERIOD", "1"])
assert [e["iter"] for e in stats(log, "test_iter")] == [f"{i + 1}/{TEST_BATCHES}" for i in range(TEST_BATCHES)] * 2
two = tensors(newest("ranks", 2))
assert two == tensors(newest("virtual", 2))
train("one", 2)
assert two != tensors(newest("one", 2))  # batch norms of halves differ

# Each started by itself, with the environment that torchrun gives.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
where = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
alone = [subprocess.Popen(command("torchrun", 2, "--rank_timeout", "60"), stderr=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, **where, "RANK": str(rank)})
         for rank in (0, 1)]
said = [process.communicate() for process in alone]
assert [process.returncode for process in alone] == [0, 0], said
assert len(stats(said[0][0], "train_epoch")) == 2 and not said[1][0], said  # the first alone has a log
assert tensors(newest("torchrun", 2)) == two

# On computers that do not see the folder of each other: neither trains on.
apart = [subprocess.Popen(command(out, 3, "--rank_timeout", "60"), stderr=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, **where, "RANK": str(rank)})
         for rank, out in enumerate(("torchrun", "elsewhere"))]
said = [process.communicate() for process in apart]
assert [process.returncode for process in apart] == [1, 1], said
assert all("OUT_DIR must be one folder that all computers see" in error for _, error in said), said
assert not stats(said[0][0], "train_epoch") and not os.path.exists("elsewhere"), said

# Ranks of ranks would each be a training of its own, in one folder.
twice = subprocess.run(command("twice", 1, "--ranks", "2"), capture_output=True, text=True,
                       env={**os.environ, **where, "RANK": "0"})
assert twice.returncode == 2 and "WORLD_SIZE" in twice.stderr and not os.path.exists("twice"), twice

# Three: sums of three round differently when they begin elsewhere.
THIRDS = ["TRAIN.BATCH_SIZE", "48", "TEST.BATCH_SIZE", "48", "BN.NUM_SAMPLES_PRECISE", "96"]
train("three", 2, "--ranks", "3", keys=THIRDS)
train("lanes", 2, "--virtual_ranks", "3", keys=THIRDS)
assert tensors(newest("three", 2)) == tensors(newest("lanes", 2))


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
