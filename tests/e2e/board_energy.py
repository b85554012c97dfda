#!/usr/bin/python3
"""Energy and clocks of the tests' board (tests/support/board.py), whose kernel has neither: trees of files lie over its /sys,
and a program of its own plays them. Joules as played; a governor that is put back whatever happens to the connection."""
import glob
import json
import os
import pathlib
import signal
import subprocess
import sys

from _machines import expect, fresh, main, said_by, small, start, until
from _outside import full_only, program, skip, source

sys.path.insert(0, os.path.join(source, "tests/support"))
from board import Board, missing

full_only("a board")
if missing():
    skip(missing())

CORES = "/sys/devices/system/cpu"
WATTS = 3.0
# Ten times a second another current, each file whole at once; over ten of them the mean is WATTS at 4 V.
PLAY = """mkdir -p /tmp/supply/BAT0 && cd /tmp/supply/BAT0
echo Battery >type; echo Discharging >status; echo 4000000 >voltage_now
set -- 690 810 750 720 780 700 800 740 760 750
echo -${1}000 >current_now
mount --bind /tmp/supply /sys/class/power_supply
(while :; do for now; do echo -${now}000 >.new; mv .new current_now; sleep 0.1; done; done) >/dev/null 2>&1 </dev/null &
echo $!"""
CLOCKS = f"""cp -r {CORES} /tmp/cpu 2>/dev/null
for core in /tmp/cpu/cpu[0-9]*; do
  mkdir -p $core/cpufreq && cd $core/cpufreq
  echo schedutil >scaling_governor; echo performance schedutil >scaling_available_governors; echo 1800000 >scaling_cur_freq
done
mount --bind /tmp/cpu {CORES}"""
ssh = ["--ssh", "root@127.0.0.1", "--device_tmp_dir", "/tmp"]


def joules():
    player = board.ssh(PLAY).stdout.decode().strip()
    try:
        expect(0, *small("RX-CD", folder="rows"), "--energy_seconds", "10", *ssh, *the_bundle, environment=known, says="1 run")
        (record,) = json.load(open("rows/data/result.json"))["configs"].values()
        energy = record["energy"]
        assert energy["source"] == "power_supply" and record["device"]["architecture"] == "aarch64", record
        played = WATTS * energy["measured"]["seconds"] * 1e6 / energy["measured"]["inferences"]
        print(f"joules found / played: {energy['uj_per_inference'] / played:.4f}, {energy['measured']['updates']} values")
        assert abs(energy["uj_per_inference"] - played) < 0.05 * played, energy
    finally:
        board.ssh(f"kill {player}; umount /sys/class/power_supply")


def governor():
    board.ssh(CLOCKS)
    model = glob.glob("rows/data/*.tflite")[0]
    words = ["bench", "--model", model, "--engine", "litert", "--latency_only", "--num_runs", "3", "--warmup_runs", "1", "--json", "-",
             "--governor", "performance", "--sustained", "600", *ssh, *the_bundle]

    def now():
        return set(board.ssh(f"cat {CORES}/cpu[0-9]*/cpufreq/scaling_governor").stdout.decode().split())

    assert now() == {"schedutil"}
    for end in ("Ctrl-C", "cut"):
        child = start(*words, environment=known)
        until(lambda: now() == {"performance"} or child.poll() is not None, lambda: f"{end}: it is not changed: {now()}", 120)
        assert child.poll() is None, said_by(child)
        if end == "cut":
            board.cut()
        else:
            os.kill(child.pid, signal.SIGINT)
        until(lambda: now() == {"schedutil"}, lambda: f"{end}: it is not put back: {now()}", 60)
        assert said_by(child).code == (1 if end == "cut" else -signal.SIGINT)


fresh("rows")
made = subprocess.run([os.path.join(source, "scripts/bundle"), "aarch64"], check=True, stdout=subprocess.PIPE)
the_bundle = ["--device_bundle", str(pathlib.Path(made.stdout.decode().strip()))]
with Board("board") as board:
    known = board.as_known()
    main([joules, governor])
