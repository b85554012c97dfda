#!/usr/bin/python3
"""The program for ARM on a board of the tests' own (tests/support/board.py): which cores it finds there, and that it
computes bit for bit what this machine computes. The cross build, its bundle, two boots: minutes, with --full alone."""
import json
import os
import pathlib
import subprocess
import sys
import time

from _outside import full_only, photos, program, skip, source

sys.path.insert(0, os.path.join(source, "tests/support"))
from board import Board, missing

full_only("a board")
if missing():
    skip(missing())
if subprocess.run(["which", "aarch64-linux-gnu-g++"], capture_output=True).returncode:
    skip("aarch64-linux-gnu-g++ is not there; scripts/setup --full")

LIMITS = {"up": 60, "bundle": 20e6}
THERE = "cd /tmp/nnstretch && ./lib/ld-linux-aarch64.so.1 --library-path ./lib ./nnstretch"


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE).stdout


def deal(found):
    """What each role got: "cpu core2"."""
    return [f"{one['role']} core{'+'.join(map(str, one['cores']))}" for one in found["processors"]]


def push(board, bundle):
    begin = time.monotonic()
    board.push_folder(bundle, "/tmp/nnstretch")
    for name in ("net.tflite", "input.npy"):
        board.push(name, f"/tmp/{name}")
    print(f"pushed in {time.monotonic() - begin:.1f} s")


def check_cores(board):
    """The big cores first; those that a mask names, where there is one."""
    found = json.loads(board.ssh(f"{THERE} devices --roles cpu dsp --json -").stdout)
    assert [core["capacity"] for core in found["cores"]] == [446, 446, 1024, 1024], found["cores"]
    assert [core["cache"] for core in found["cores"]] == [0, 0, 2, 2], found["cores"]
    assert deal(found) == ["cpu core2", "dsp core3"], found["processors"]
    timed = json.loads(board.ssh(f"{THERE} bench --model /tmp/net.tflite --engine litert --core_affinity 3 --latency_only"
                                 " --warmup_runs 1 --num_runs 3 --json -").stdout)
    assert deal(timed) == ["cpu core0", "dsp core1"], timed["processors"]
    wrong = board.ssh(f"{THERE} bench --model /tmp/net.tflite --core_affinity 30", check=False)
    assert wrong.returncode == 2 and b"there are 4 cores (0, 1, 2, 3)" in wrong.stderr, wrong


def check_logits(board, expected):
    begin = time.monotonic()
    done = board.ssh(f"{THERE} infer --model /tmp/net.tflite --input /tmp/input.npy --engine litert --output /tmp/logits.npy")
    print(f"infer: {time.monotonic() - begin:.1f} s")
    assert board.ssh("cat /tmp/logits.npy").stdout == expected, "other logits than here"
    assert b"core3 stands in for dsp" in done.stderr, done.stderr


bundle = pathlib.Path(run(os.path.join(source, "scripts/bundle"), "aarch64").decode().strip())
size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
print(f"bundle: {size / 1e6:.1f} MB")
assert size <= LIMITS["bundle"], f"{size} bytes to push"

run(program, "build", "--cfg", f"{source}/configs/mi/R-34-CD.yaml", "--im_size", "224", "--out", "net.tflite")
run(program, "infer", "--model", "net.tflite", "--input", f"{photos}/cat.jpg", "--engine", "litert", "--save_input",
    "input.npy", "--output", "logits.npy")
expected = pathlib.Path("logits.npy").read_bytes()

for cpu in ("cortex-a76", "cortex-a72"):  # the second has no instruction for products of int8
    begin = time.monotonic()
    with Board(cpu, cpu, limit=LIMITS["up"]) as board:
        print(f"{cpu}: up after {time.monotonic() - begin:.1f} s")
        push(board, bundle)
        check_logits(board, expected)
        if cpu == "cortex-a76":
            check_cores(board)
    print(f"{cpu}: all in {time.monotonic() - begin:.1f} s")
