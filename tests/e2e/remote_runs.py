#!/usr/bin/python3
"""The same commands on a phone (through adb, new and old) and on a board (through ssh) as here: the same models, rows,
JSON, answers and messages; nothing is pushed or run twice. Small networks; the published ones of a phone with
scripts/test --full."""
import glob
import json
import os
import time

import numpy
from _machines import Adb, Board, Phone, bundle, call, expect, fresh, main, result, small, source

fresh("here", "scratch")
adb = Adb()
os.environ["TMPDIR"] = os.path.abspath("scratch")  # of this side alone: nothing stays there
the_bundle = ["--device_bundle", bundle()]
phone = Phone(adb, "phone")
old_phone = Phone(adb, "old", "--features", "cmd")
for one in (phone, old_phone):
    one.tool("getprop", "echo '[ro.product.model]: [Folder One]'; echo '[ro.build.version.release]: [14]'")
board = Board()
machines = [(phone, ["--serial", phone.serial, *the_bundle]), (old_phone, ["--serial", old_phone.serial, *the_bundle]),
            (board, ["--ssh", "board", *the_bundle])]
nets = ["R-CDG", "RX-CD"]


def cpu_s():
    """Of all programs of this machine, the daemons of phones and boards among them."""
    words = open("/proc/stat").readline().split()
    return sum(int(word) for word in words[1:4] + words[6:8]) / os.sysconf("SC_CLK_TCK")


def models(folder):
    return {os.path.basename(file): open(file, "rb").read() for file in glob.glob(f"{folder}/data/*.tflite")}


def run_there():
    expect(0, *small(*nets, folder="here"))
    for number, (machine, words) in enumerate(machines):
        folder = f"there{number}"
        first = expect(0, *small(*nets, folder=folder), *words, says=["pushing the program", "2 run, 0 as they were, 0 failed"])
        assert first.out.splitlines()[-1] == f"Results generated at {folder}/data/result.csv", first
        assert models(folder) == models("here")
        records = result(folder)
        assert len(records) == 2
        for record in records.values():
            assert record["device"]["name"] == ("ssh board" if machine is board else f"adb {machine.serial}"), record["device"]
            assert record["latency_us"]["count"] == 3
            assert record["fidelity"]["images"] >= 2
            if machine is not board:
                assert record["device"]["model"] == "Folder One" and record["device"]["system"].startswith("Android 14")
        machine.nobody_left()
        left = sorted(os.listdir(machine.ours))
        assert len([name for name in left if name.endswith(".tflite")]) == 2 and not [name for name in left if name.endswith(".part")], left

        began = time.monotonic()
        again = expect(0, *small(*nets, folder=folder), *words, says="0 run, 2 as they were, 0 failed")
        assert "pushing" not in again.err, again
        assert time.monotonic() - began < (3 if os.environ.get("NNSTRETCH_FULL") else 30), time.monotonic() - began
        once_more = expect(0, *small(*nets, folder=folder), *words, "--force", says="2 run, 0 as they were")
        assert "pushing" not in once_more.err, once_more
    assert not os.listdir("scratch"), os.listdir("scratch")


def published_networks():
    """R-34 of a phone, with scripts/test --full: the work of both sides is that of this side alone, or little more."""
    if not os.environ.get("NNSTRETCH_FULL"):
        return print("published networks: scripts/test --full")
    nets = sorted(glob.glob(os.path.join(source, "configs/mi/R-34-*.yaml")))
    run = ["run", "--configs", *nets, "--im_size", "224", "--warmup_runs", "1", "--num_runs", "3", "--workdir"]
    cpu = cpu_s()
    expect(0, *run, "published", says="7 run")
    local = cpu_s() - cpu
    for machine, words in (machines[0], machines[2]):
        folder = f"published{words[0]}"
        expect(0, *run, folder, *words, "--force", says="7 run")
        assert models(folder) == models("published")
        cpu = cpu_s()
        expect(0, *run, folder, *words, "--force", says="7 run")
        print(f"{words[0]}: {(cpu_s() - cpu) / local:.2f} x the CPU time of a run here")
        assert cpu_s() - cpu <= 1.3 * local, (cpu_s() - cpu, local)
        began = time.monotonic()
        expect(0, *run, folder, *words, says="0 run, 7 as they were")
        assert time.monotonic() - began <= 3, time.monotonic() - began


def another_machine_is_another_row():
    words = machines[0][1]
    expect(0, *small("RX-CD", folder="there0"), *machines[1][1], says="RX-CD is run again, device: adb")
    expect(0, *small("RX-CD", folder="there0"), *words, says="1 run")
    phone.tool("getprop", "echo '[ro.product.model]: [Folder One]'; echo '[ro.build.version.release]: [15]'")
    expect(0, *small("RX-CD", folder="there0"), *words, says="RX-CD is run again, system: Android 14 -> Android 15")


SAME = ["network", "plan_hash", "plan_kind", "stand_ins", "fallbacks", "notes", "sequential"]
SAME_OF = {"parts": ["name", "role", "processor", "engine", "after", "stage", "branch"],
           "processors": ["name", "role", "engine", "device", "cores", "threads", "precision", "stand_in"]}


def told(json_of_bench):
    """What must not differ from one machine to its twin."""
    return [{name: json_of_bench.get(name) for name in SAME},
            {name: [{key: one[key] for key in keys} for one in json_of_bench.get(name, [])] for name, keys in SAME_OF.items()}]


def bench_infer_and_devices():
    model = glob.glob("here/data/TINY-R-CDG-*.tflite")[0]
    cat = os.path.join(source, "assets/photos/cat.jpg")
    fresh("traces")
    local_devices = json.loads(expect(0, "devices", "--json").out)
    usable = {name for name, version in local_devices["context"]["engines"].items() if version}
    for number, (machine, words) in enumerate(machines):
        for engine in usable & {"litert", "openvino"}:
            bench = ["bench", "--model", model, "--engine", engine, "--num_runs", "3", "--no_best", "--json", "-"]
            here, there = (json.loads(expect(0, *bench, *more).out) for more in ([], words))
            assert told(here) == told(there), (told(here), told(there))
            assert here["model"] == there["model"] and "device" not in here and there["device"]["bundle"]
            infer = ["infer", "--model", model, "--input", cat, "--engine", engine, "--json", "-", "--output"]
            here, there = (json.loads(expect(0, *infer, *more).out) for more in (["here.npy"], ["there.npy", *words]))
            assert told(here) == told(there) and here["top5"] == there["top5"], (here, there)
            assert numpy.array_equal(numpy.load("here.npy"), numpy.load("there.npy"))
        expect(0, "infer", "--model", model, "--input", cat, "--output", "there.npy", *words)  # auto races there
        assert numpy.abs(numpy.load("here.npy").astype(int) - numpy.load("there.npy")).max() <= 2
        there = json.loads(expect(0, "devices", "--json", "-", *words).out)
        assert there.pop("device")["architecture"] == os.uname().machine
        assert there.keys() == local_devices.keys()
        assert there["processors"] == local_devices["processors"], there
        assert "core0" in expect(0, "devices", *words).out
        traced = expect(0, "bench", "--model", model, "--num_runs", "2", "--latency_only", "--trace", f"traces/{number}.json", *words)
        assert json.load(open(f"traces/{number}.json"))["traceEvents"], traced
    cfg = ["bench", "--cfg", os.path.join(source, "configs/tiny/TINY-RX-CD.yaml"), "--num_runs", "2", "--latency_only", "--restarts", "2"]
    assert len(json.loads(expect(0, *cfg, "--json", "-", *machines[2][1]).out)["restarts"]) == 2


def placing_goes_along():
    for _, words in machines[:1] + machines[2:]:
        there = json.loads(expect(0, "devices", "--json", "--core_affinity", "1", *words).out)
        assert {core for one in there["processors"] for core in one["cores"]} == {0}, there
        one = ["bench", "--model", glob.glob("here/data/TINY-RX-CD-*.tflite")[0], "--latency_only", "--num_runs", "2", *words]
        expect(2, *one, "--core_affinity", "1" + "0" * 30, says="--core_affinity")
        expect(2, *small("RX-CD"), *words, "--core_affinity", "1" + "0" * 30, says="--core_affinity")
        assert not os.path.exists("work/data/result.csv")
        expect(0, "devices", "--write", "machine.yaml", *words)
        expect(0, *one, "--machine", "machine.yaml")
        expect(2, "run", "--configs", "x.yaml", *words, "--with_accuracy", ".", says="accuracy is not measured on another machine")
    # Never this machine where another is meant: words of variables that are not set.
    for flag in ("--ssh", "--serial"):
        expect(2, "devices", flag, "", says="it names no machine")
    expect(2, "devices", "--device_timeout", "60", says="there is no other machine")


def as_root():
    """Which the test may be anyway: what is asked is seen."""
    model = glob.glob("here/data/TINY-RX-CD-*.tflite")[0]
    words = ["bench", "--model", model, "--latency_only", "--num_runs", "2", "--json", "-", "--root", *machines[0][1]]
    phone.tool("su", "echo 'su: not allowed' >&2; exit 1")
    expect(1, *words, says=["no root there", "not allowed", "leave --root out"])
    phone.tool("su", f"echo asked >>{phone.folder}/asked; exec sh -c \"$2\"")
    if os.geteuid() == 0:
        assert json.loads(expect(0, *words).out)["device"]["root"]
        assert os.path.exists(phone.folder + "/asked")


def the_launcher_says_how_a_bundle_is_made():
    maker = {"NNSTRETCH_BUNDLER": os.path.join(source, "scripts/bundle")}
    said = expect(0, "devices", "--serial", phone.serial, environment=maker)
    assert "pushing" not in said.err, said  # it is the one that lies there
    phone.tool("uname", "test \"$1\" = -m && echo armv7l || echo Linux 4")
    said = call("devices", "--serial", phone.serial, environment=maker)
    assert said.code == 1 and "no bundle can be made for armv7l" in said.err and "scripts/bundle armv7l`: " in said.err, said
    os.remove(phone.folder + "/bin/uname")


def clean_leaves_nothing():
    for machine, words in machines:
        expect(0, "devices", "--clean", *words, says="is gone")
        assert not os.path.exists(machine.ours)


main([run_there, published_networks, another_machine_is_another_row, bench_infer_and_devices, placing_goes_along, as_root, the_launcher_says_how_a_bundle_is_made, clean_leaves_nothing])
