#!/usr/bin/python3
"""Energy, heat and clocks of machines that are played: in a mount namespace of the test's own, trees of files lie over
/sys/class and /sys/devices/system/cpu, and threads change them while the program measures."""
import contextlib
import csv
import functools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

from _machines import Board, bundle, expect, fresh, main, said_by, small, start, until
from _outside import skip

SOURCES = ["rapl", "amd_energy", "odpm", "hwmon", "power_supply", "charge_counter"]
CORES = "/sys/devices/system/cpu"
model = "work/data/net.tflite"
quick = ["--model", model, "--engine", "litert", "--latency_only", "--num_runs", "3", "--warmup_runs", "1", "--json", "-"]

if "NNSTRETCH_OWN_MOUNTS" not in os.environ:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        skip("trees over /sys need root and mount namespaces")
    os.environ["NNSTRETCH_OWN_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])


def write(path, text):
    """Whole at once, as a kernel's file is."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + "~", "w") as file:
        file.write(f"{text}\n")
    os.rename(path + "~", path)


def read(path):
    with open(path) as file:
        return file.read().strip()


@contextlib.contextmanager
def mounted(folder, *files):
    """A file system over the folder, with these paths of what lay there."""
    kept = {path: read(path) for path in files}
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    for path, text in kept.items():
        write(path, text)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def playing(play, period):
    over, began = threading.Event(), time.monotonic()

    def go_on():
        while not over.is_set():
            play(time.monotonic() - began)
            over.wait(period)
    play(0)
    player = threading.Thread(target=go_on)
    player.start()
    try:
        yield
    finally:
        over.set()
        player.join()


def built():
    if not os.path.exists(model):
        expect(0, "build", "--cfg", small("RX-CD")[2], "--out", model, "--calibration", "two")


@functools.cache
def board():
    return Board()


def this_machine():
    """Each source has its reason, and where none can be read the column is 0."""
    fresh("work")
    devices = json.loads(expect(0, "devices", "--json", "-").out)
    assert list(devices["energy_sources"]) == SOURCES, devices
    there = [name for name, why in devices["energy_sources"].items() if why is None and name != "charge_counter"]
    expect(0, *small("RX-CD"), "--energy_seconds", "1")
    (record,) = json.load(open("work/data/result.json"))["configs"].values()
    (row,) = csv.DictReader(open("work/data/result.csv"))
    energy = record["energy"]
    assert abs(float(row["energy"]) - energy["uj_per_inference"]) <= 0.001
    if not there:
        assert row["energy"] == "0.0" and "measured" not in energy, (row, energy)
        for name, why in devices["energy_sources"].items():
            assert f"{name}: " in energy["reason"] and (why is None or why in energy["reason"]), (name, energy)
    built()
    if "rapl" not in there:
        expect(1, "bench", *quick, "--energy", "rapl", says=["--energy rapl", "no RAPL package"])
    expect(2, "bench", *quick, "--energy", "watts", says=["--energy", "power_supply"])
    expect(2, "bench", *quick, "--cool_down", "40", says=["--cool_down", "40C,120s"])
    start_of = json.loads(expect(0, "bench", *quick, "--energy", "off").out)
    assert start_of["energy"]["reason"] == "it was not asked for", start_of["energy"]
    assert start_of["start"]["compile_us"] > 0 and start_of["start"]["first_run_us"] > 0, start_of["start"]
    assert start_of["start"]["peak_bytes"] > start_of["resident_bytes"] > 0, start_of["start"]


def battery(status="Discharging", watts=3.0):
    where = "/sys/class/power_supply/BAT0"
    for name, text in {"type": "Battery", "status": status, "voltage_now": 4000000, "current_now": -int(watts * 250e3)}.items():
        write(f"{where}/{name}", text)


def a_battery():
    built()
    rng = random.Random(1)
    with mounted("/sys/class"), playing(lambda _: battery(watts=3.0 + rng.uniform(-0.1, 0.1)), 0.05):
        assert json.loads(expect(0, "devices", "--json", "-").out)["energy"] == "power_supply"
        said = expect(0, "bench", *quick, "--energy_seconds", "3")
        energy = json.loads(said.out)["energy"]
        found = energy["measured"]
        us = found["seconds"] * 1e6 / found["inferences"]
        assert abs(energy["uj_per_inference"] - 3.0 * us) < 0.02 * 3.0 * us, energy
        assert found["gross_uj"]["low"] < energy["uj_per_inference"] < found["gross_uj"]["high"], energy
        expect(0, *small("RX-CD"), "--energy_seconds", "3", "--force")
        (row,) = csv.DictReader(open("work/data/result.csv"))
        assert float(row["energy"]) > 0, row
        few = json.loads(expect(0, "bench", *quick, "--energy_seconds", "0.2").out)["energy"]
        assert few["uj_per_inference"] == 0 and "energy_seconds" in few["reason"], few
    with mounted("/sys/class"):
        battery("Charging")
        said = json.loads(expect(0, "bench", *quick).out)["energy"]
        assert said["uj_per_inference"] == 0 and "'Charging'" in said["reason"], said


def heat():
    built()

    def cooling(degrees):
        write("/sys/class/thermal/thermal_zone0/temp", int(degrees * 1000))
    with mounted("/sys/class"):
        write("/sys/class/thermal/cooling_device0/type", "thermal-cpufreq-0")
        write("/sys/class/thermal/cooling_device0/max_state", 5)
        write("/sys/class/thermal/cooling_device0/cur_state", 0)
        with playing(lambda seconds: cooling(max(35, 60 - 5 * seconds)), 0.1):
            began = time.monotonic()
            result = json.loads(expect(0, "bench", *quick, "--cool_down", "40C").out)
        assert time.monotonic() - began > 4 and result["machine_state"]["before"]["hottest_c"] <= 40, result["machine_state"]
        assert not [note for note in result["notes"] if "cool" in note], result["notes"]
        cooling(70)
        write("/sys/class/thermal/cooling_device0/cur_state", 2)
        result = json.loads(expect(0, "bench", *quick, "--cool_down", "40C,2s").out)
        notes = "; ".join(result["notes"])
        assert "it did not cool down to 40 C in 2 s: it had 70.0" in notes, notes
        assert "thermal-cpufreq-0 holds back, 2 of 5" in notes, notes
        assert result["machine_state"]["hottest_c"] == 70, result["machine_state"]


def sustained():
    built()
    result = json.loads(expect(0, "bench", *quick, "--sustained", "20").out)["sustained"]
    assert len(result["seconds"]) == 20 and all(second["runs"] > 0 for second in result["seconds"]), result


@contextlib.contextmanager
def clocks():
    """The cores of this machine, with clocks that can be set."""
    of_cores = [os.path.join(folder, name) for folder, _, names in os.walk(CORES) for name in names
                if folder != CORES + "/cpuidle" and name in ("online", "possible", "present", "kernel_max", "core_cpus_list", "physical_package_id",
                                                             "core_id", "shared_cpu_list", "level", "type", "size", "id")]
    readable = []
    for path in of_cores:
        with contextlib.suppress(OSError):
            read(path)
            readable.append(path)
    with mounted(CORES, *readable):
        cores = [name for name in os.listdir(CORES) if name[:3] == "cpu" and name[3:].isdigit()]
        for core in cores:
            write(f"{CORES}/{core}/cpufreq/scaling_governor", "schedutil")
            write(f"{CORES}/{core}/cpufreq/scaling_available_governors", "performance schedutil")
            write(f"{CORES}/{core}/cpufreq/scaling_cur_freq", 1800000)
        yield lambda: {read(f"{CORES}/{core}/cpufreq/scaling_governor") for core in cores}


def governor():
    built()
    with clocks() as now:
        expect(2, "bench", *quick, "--governor", "turbo", says=["--governor", "performance schedutil"])
        result = json.loads(expect(0, "bench", *quick, "--governor", "performance").out)
        assert result["machine_state"]["before"]["governor"] == "performance", result["machine_state"]
        assert now() == {"schedutil"}
        child = start("bench", *quick, "--governor", "performance", "--sustained", "200")
        until(lambda: now() == {"performance"}, "it is not changed")
        os.kill(child.pid, signal.SIGINT)  # Ctrl-C
        assert said_by(child).code == -signal.SIGINT
        until(lambda: now() == {"schedutil"}, lambda: f"it is not put back: {now()}")
        child = start("bench", *quick, "--governor", "performance", "--sustained", "200")
        until(lambda: now() == {"performance"}, "it is not changed")
        child.kill()
        child.wait()
        until(lambda: now() == {"schedutil"}, lambda: f"it is not put back: {now()}")


def a_battery_there():
    """A row of another machine has its energy."""
    board()
    rng = random.Random(2)
    with mounted("/sys/class"), playing(lambda _: battery(watts=3.0 + rng.uniform(-0.1, 0.1)), 0.05):
        expect(0, *small("RX-CD", folder="there"), "--energy_seconds", "3", "--ssh", "board", "--device_bundle", bundle())
        (record,) = json.load(open("there/data/result.json"))["configs"].values()
        (row,) = csv.DictReader(open("there/data/result.csv"))
        found = record["energy"]["measured"]
        played = 3.0 * found["seconds"] * 1e6 / found["inferences"]
        assert record["device"] and abs(float(row["energy"]) - played) < 0.05 * played, (row, record["energy"])


def governor_there():
    """The same of another machine: after Ctrl-C here, and after its connection was cut."""
    built()
    there, other = bundle(), board()
    with clocks() as now:
        words = ["bench", *quick, "--governor", "performance", "--sustained", "200", "--ssh", "board", "--device_bundle", there]
        child = start(*words)
        until(lambda: now() == {"performance"}, "it is not changed", 120)
        os.kill(child.pid, signal.SIGINT)
        assert said_by(child).code == -signal.SIGINT
        until(lambda: now() == {"schedutil"}, lambda: f"it is not put back: {now()}")
        child = start(*words)
        until(lambda: now() == {"performance"}, "it is not changed", 120)
        other.cut()
        until(lambda: now() == {"schedutil"}, lambda: f"it is not put back: {now()}")
        assert said_by(child).code == 1
        other.nobody_left()


main([this_machine, a_battery, a_battery_there, heat, sustained, governor, governor_there])
