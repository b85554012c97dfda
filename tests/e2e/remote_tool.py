#!/usr/bin/python3
"""run and bench with --benchmark_model: a tool of others times, here, on a phone and on a board; its failures are failures.
The tool is a script that prints what builds of it are known to print."""
import csv
import json
import os

from _machines import Adb, Board, Phone, call, expect, fresh, main, result, small

fresh("here", "adb", "ssh", "wrong")
adb = Adb()
board, phone = Board(), Phone(adb, "phone")
machines = [("here", []), ("adb", ["--serial", phone.serial]), ("ssh", ["--ssh", "board"])]

RUNS = """echo 'INFO: Loaded model'
echo 'count=1 curr=43268'
echo 'count=3 first=33228 curr=33130 min=32687 max=33239 avg=33071.8 std=129'
echo 'Memory footprint delta from the start of the tool (MB): init=2.125 overall=10.5'"""
PROFILE = """echo 'Timings (microseconds): count=1 curr=3100'
echo 'Timings (microseconds): count=3 first=26901 curr=26750 min=26674 max=27100 avg=26790.5 std=88'
echo '#Power (moving): 16.5105'"""


def tool(does, folder="tool", library="one"):
    """Its library lies beside it wherever it runs, and the model is there."""
    fresh(folder)
    with open(folder + "/libhexagon_interface.so", "w") as file:
        file.write(library)
    with open(folder + "/benchmark_model", "w") as file:
        file.write('#!/bin/sh\nmodel=${1#--graph=}\ntest -s "$model" && test -s "$LD_LIBRARY_PATH/libhexagon_interface.so" || exit 9\n'
                   'echo "words $*" >&2\n' + does + "\n")
    os.chmod(folder + "/benchmark_model", 0o755)
    return ["--benchmark_model", folder + "/benchmark_model"]


def rows(folder):
    return [(float(row["latency"]), float(row["energy"])) for row in csv.DictReader(open(f"{folder}/data/result.csv"))]


def what_it_says_is_the_row():
    for name, words in machines:
        first = expect(0, *small("EN-CG", "R-CDG", folder=name), *tool(RUNS), *words, says="2 run, 0 as they were, 0 failed")
        assert rows(name) == [(32687.0, 0.0)] * 2, rows(name)
        assert words == [] or first.err.count("MB in 2 files") == 1, first
        for record in result(name).values():
            assert record["latency_us"]["p50"] is None and record["latency_us"]["mean"] == 33071.8, record
            assert record["parts"] == [] and record["plan_hash"] == "" and record["resident_bytes"] is None
            assert record["tool"]["memory_mb"] == 10.5 and record["tool"]["warmup_us"]["min"] == 43268 and not record["tool"]["of_operators"]
            assert record["energy"]["reason"] and record["fidelity"] == {"images": 0}
            assert ("device" in record) == (words != [])
            assert "--num_runs=3" in record["tool"]["words"] and "--num_threads=4" in record["tool"]["words"]
        dsp = ["--use_hexagon=true" in record["tool"]["words"] for record in result(name).values()]
        assert dsp == [False, True], dsp
        again = expect(0, *small("EN-CG", "R-CDG", folder=name), *tool(RUNS), *words, says="0 run, 2 as they were, 0 failed")
        assert "pushing" not in again.err, again
        other = expect(0, *small("EN-CG", folder=name), *tool(RUNS + "\n" + PROFILE), *words, says="EN-CG is run again, benchmark_model: tool.")
        assert words == [] or "pushing the program" in other.err, other
        assert rows(name)[0] == (26674.0, 16.5105 * 26674), rows(name)
        assert list(result(name).values())[0]["tool"]["of_operators"]
        expect(0, *small("EN-CG", folder=name), *tool(RUNS + "\n" + PROFILE, library="two"), *words, says="EN-CG is run again")
        table = expect(0, *small("EN-CG", folder=name), *tool(RUNS + "\n" + PROFILE, library="two"), *words, "--format", "text")
        assert "26674" in table.out, table
        mine = expect(0, *small("EN-CG", folder="here"), says="EN-CG is run again") if name == "ssh" else None
        assert mine is None or "tool" not in list(result("here").values())[0]


def bench_too():
    model = next(os.path.join("adb/data", name) for name in sorted(os.listdir("adb/data")) if name.endswith(".tflite"))
    for name, words in machines:
        bench = ["bench", "--model", model, "--num_threads", "2", "--core_affinity", "1", *words]
        told = json.loads(expect(0, *bench, *tool(RUNS), "--json", "-").out)
        assert told["latency_us"]["min"] == 32687 and told["tool"]["words"][:2] == ["taskset", "1"], told
        assert "--num_threads=2" in told["tool"]["words"]
        said = expect(0, *bench, *tool(RUNS))
        assert "timed by benchmark_model" in said.out and "part" not in said.out, said
        json.dump(told, open(f"{name}.json", "w"))
    expect(0, "bench", "--model", model, "--latency_only", "--num_runs", "3", "--json", "ours.json")
    said = call("compare", "ours.json", "here.json")
    assert said.code == 2 and "what timed it" in said.out + said.err, said
    assert call("compare", "here.json", "here.json").code == 0


def its_failures_are_failures():
    failures = [("echo 'Could not create Hexagon delegate: no'\n" + RUNS, ["Could not create Hexagon delegate", "libhexagon_nn_skel"]),
                (RUNS + "\nkill -SEGV $$", ["signal 11"]), (RUNS.split(" max=33239")[0] + "'", ["cut off"]), ("echo count=1 curr=9", ["printed no latency"]),
                ("exit 3", ["status 3"])]
    for name, words in machines:
        for does, says in failures:
            expect(1, *small("RX-CD", folder=name), *tool(does), *words, says=["1 failed", "TINY-RX-CD", *says])
        assert len(rows(name)) == 2, rows(name)
    phone.nobody_left()


def wrong_use():
    words = small("EN-CG", folder="wrong")
    for more, says in [(["--engine", "litert"], "--engine"), (["--trace", "t"], "--trace"), (["--strict"], "--strict"),
                       (["--sequential"], "--sequential"), (["--with_accuracy", "."], "--with_accuracy")]:
        expect(2, *words, *tool(RUNS), *more, says=says)
    expect(2, "bench", "--cfg", words[2], *tool(RUNS), "--plan", "best", says="--plan")
    expect(2, "bench", "--cfg", words[2], *tool(RUNS), "--restarts", "2", says="--restarts")
    expect(2, *words, "--benchmark_model", "nowhere", says=["--benchmark_model nowhere", "chmod"])
    expect(2, *words, "--benchmark_model", "tool", says="no file that may be executed")
    assert not os.path.exists("wrong/data/result.csv")


main([what_it_says_is_the_row, bench_too, its_failures_are_failures, wrong_use])
