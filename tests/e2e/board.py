#!/usr/bin/python3
"""The program for ARM on a board of the tests' own (tests/support/board.py): which cores it finds there, and that it
computes bit for bit what this machine computes. The cross build, its bundle, two boots: minutes, with --full alone."""
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from _machines import Adb, Phone, expect, fresh
from _outside import full_only, photos, program, skip, source

sys.path.insert(0, os.path.join(source, "tests/support"))
from board import Board, missing

full_only("a board")
if missing():
    skip(missing())
if subprocess.run(["which", "aarch64-linux-gnu-g++"], capture_output=True).returncode:
    skip("aarch64-linux-gnu-g++ is not there; scripts/setup --full")

LIMITS = {"up": 60, "bundle": 20e6, "rows": 25 * 60}
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


def check_rows(board):
    """The main job, from here: by ssh to the board, and one row by adb to a daemon whose shell is the board's."""
    fresh("two", "rows", "phone", "by_adb")
    for photo in ("cat.jpg", "dogs.jpg"):
        shutil.copy(os.path.join(photos, photo), "two")
    nets = sorted(glob.glob(f"{source}/configs/mi/R-34-*.yaml"))
    words = ["--im_size", "224", "--calibration", "two", "--warmup_runs", "1", "--num_runs", "3", "--no_best", "--device_bundle", bundle]
    by_ssh = ["run", "--configs", *nets, *words, "--workdir", "rows", "--ssh", "root@127.0.0.1", "--device_tmp_dir", "/tmp"]
    known = board.as_known()
    begin = time.monotonic()
    expect(0, *by_ssh, environment=known, seconds=LIMITS["rows"], says=f"{len(nets)} run, 0 as they were, 0 failed")
    took = time.monotonic() - begin
    print(f"{len(nets)} rows by ssh in {took:.0f} s", flush=True)
    records = json.load(open("rows/data/result.json"))["configs"]
    for record in records.values():
        assert record["device"]["architecture"] == "aarch64" and record["device"]["name"] == "ssh root@127.0.0.1", record["device"]
        assert record["latency_us"]["count"] == 3 and record["fidelity"]["centred_correlation_median"] > 0.9, record["fidelity"]
        assert "openvino" not in {part["engine"] for part in record["parts"]}
        assert record["machine_state"]["cores_after"] == [0, 1, 2, 3]
    expect(0, *by_ssh, environment=known, says="0 run, 7 as they were")

    phone = Phone(Adb(), "phone", "--shell", f"{' '.join(board.client())} root@127.0.0.1")
    begin = time.monotonic()
    expect(0, "run", "--configs", nets[0], *words, "--workdir", "by_adb", "--serial", phone.serial, "--device_tmp_dir", "/tmp/adb", says="1 run")
    print(f"a row by adb in {time.monotonic() - begin:.0f} s")
    there = list(json.load(open("by_adb/data/result.json"))["configs"].values())[0]
    assert there["device"]["architecture"] == "aarch64" and there["device"]["name"].startswith("adb "), there["device"]


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
            check_rows(board)
    print(f"{cpu}: all in {time.monotonic() - begin:.1f} s")
