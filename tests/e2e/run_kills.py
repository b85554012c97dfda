#!/usr/bin/python3
"""Two `run`s at once in one folder, each of its own configurations, both killed or interrupted at any moment: six times always,
forty with scripts/test --full. Rows and records are whole each time, none that was there is gone, nobody holds the
lock; undisturbed, both come to an end and the tables have the rows of both."""
import csv
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import time

from _outside import photos, program, seed, source

random.seed(seed())
os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
kills = 40 if os.environ.get("NNSTRETCH_FULL") else 6
for folder in ("work", "two"):
    shutil.rmtree(folder, ignore_errors=True)
os.makedirs("two")
for photo in ["cat.jpg", "dogs.jpg"]:
    shutil.copy(os.path.join(photos, photo), "two")
tiny = os.path.join(source, "configs/tiny/TINY-")
nets = [[tiny + "EN-CG.yaml", tiny + "R-CDG.yaml"], [tiny + "RX-CD.yaml"]]


def start(configs, *words):
    return subprocess.Popen(
        [program, "run", "--configs", *configs, "--workdir", "work", "--engine", "reference", "--im_size", "32",
         "--num_runs", "1", "--warmup_runs", "0", "--calibration", "two", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def names():
    """Of the rows, each with its record."""
    if not os.path.exists("work/data/result.csv"):
        return set()
    table = list(csv.reader(open("work/data/result.csv", newline="")))
    assert table[0] == ["cfg", "latency", "energy"], table
    assert all(len(row) == 3 and float(row[1]) > 0 for row in table[1:]), table
    found = [row[0] for row in table[1:]]
    assert len(set(found)) == len(found), found
    assert set(found) <= set(json.load(open("work/data/result.json"))["configs"])
    return set(found)


def nobody_holds_the_lock():
    try:
        with open("work/data/result.csv.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass


began = time.monotonic()
both = [start(configs) for configs in nets]
said = [one.communicate(timeout=280)[1] for one in both]
assert [one.returncode for one in both] == [0, 0], said
assert names() == {*nets[0], *nets[1]}
took = time.monotonic() - began
waits = [text for text in said if "is in use: waiting for process " in text]
assert len(waits) == 1, said  # the other one had it
assert f"process {both[said.index(waits[0]) ^ 1].pid} on " in waits[0], (said, [one.pid for one in both])

interrupted = 0
for _ in range(kills):
    if random.random() < 0.3:
        shutil.rmtree("work")
    before = names()
    both = [start(configs, *random.choice([[], ["--force"]])) for configs in nets]
    for one in random.sample(both, 2):
        time.sleep(random.uniform(0, took / 2))
        number = random.choice([signal.SIGKILL, signal.SIGINT])
        one.send_signal(number)
        said = one.communicate()[1]
        assert one.returncode in (-number, 0), (one.returncode, said)
        if one.returncode == -signal.SIGINT and "nnstretch: interrupted" in said:
            assert "work/data/result.csv has what is done; the same command goes on" in said, said
            interrupted += 1
        after = names()
        assert before <= after, (before, after)
        before = after
    nobody_holds_the_lock()

both = [start(configs) for configs in nets]
said = [one.communicate(timeout=280)[1] for one in both]
assert [one.returncode for one in both] == [0, 0], said
assert names() == {*nets[0], *nets[1]}
assert not [name for _, _, files in os.walk("work/data") for name in files if name.endswith((".lock", ".part"))]
last = start([*nets[0], *nets[1]])
print(f"{interrupted} said what is done when they were interrupted")
assert "0 run, 3 as they were" in last.communicate(timeout=280)[1]
print("all as expected")
