#!/usr/bin/python3
"""result.csv and Python's csv module read each other: names of any kind out, and whatever a spreadsheet may have
made of the table in. Wrong flags on a finished folder leave both tables byte for byte as they were."""
import csv
import io
import json
import os
import shutil
import subprocess

from _outside import photos, program, source

os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
tiny = os.path.join(source, "configs/tiny/TINY-RX-CD.yaml")
job = ["--engine", "reference", "--im_size", "32", "--num_runs", "1", "--warmup_runs", "0"]
quick = ["--calibration", "two", *job]
for folder in ("nets", "work", "traces", "two"):
    shutil.rmtree(folder, ignore_errors=True)
os.makedirs("two")
for photo in ["cat.jpg", "dogs.jpg"]:
    shutil.copy(os.path.join(photos, photo), "two")


def run(*words):
    done = subprocess.run([program, "run", "--workdir", "work", *words], capture_output=True, timeout=280)
    return done.returncode, done.stderr.decode(errors="replace")


def tables():
    return [open(f"work/data/result.{kind}", "rb").read() for kind in ("csv", "json")]


def rows():
    with open("work/data/result.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


# Names that need quotes, and some that look as if they did.
names = ["plain.yaml", "a,b.yml", 'say "no".yaml', "two\nlines.YAML", "semi;colon.yaml", " space.yaml", "#hash.yaml",
         "carriage\rreturn.yaml", "\x1b[31mred.yaml", "netz-ü-网络.yaml", "{}{0}%s.yaml"]
os.makedirs("nets/sub")
for name in names:
    shutil.copy(tiny, os.path.join("nets", name))
shutil.copy(tiny, "nets/sub/plain.yaml")
shutil.copy(tiny, os.path.join(b"nets", b"no\xff\xfeutf8.yaml"))
expected = {os.path.join("nets", name) for name in names} | {"nets/sub/plain.yaml", "nets/no\\xff\\xfeutf8.yaml"}
code, said = run("--configs", "nets", "--trace", "traces", *quick)
assert code == 0, said
table = rows()
assert table[0] == ["cfg", "latency", "energy"]
assert {row[0] for row in table[1:]} == expected, table
assert all(len(row) == 3 and float(row[1]) > 0 for row in table[1:]), table
records = json.load(open("work/data/result.json", encoding="utf-8"))["configs"]
assert set(records) == expected
assert len(os.listdir("traces")) == len(expected), os.listdir("traces")
assert len({record["model"] for record in records.values()}) == len(expected)


def kept(what, text):
    """The table as somebody else wrote it is read: nothing is run again, and its bytes stay."""
    with open("work/data/result.csv", "wb") as file:
        file.write(text)
    code, said = run("--configs", "nets", "--trace", "traces", *quick)
    assert code == 0 and f"0 run, {len(expected)} as they were" in said, (what, code, said)
    assert tables()[0] == text, what


def written(rows, encoding="utf-8", **dialect):
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue().encode(encoding)


kept("excel", written(table))
kept("all quoted", written(table, quoting=csv.QUOTE_ALL))
kept("byte order mark", written(table, "utf-8-sig"))
kept("unix", written(table, dialect="unix"))
kept("semicolons", written(table, delimiter=";"))
kept("decimal commas", written([[cell if i == 0 else cell.replace(".", ",") for i, cell in enumerate(row)]
                                for row in table], delimiter=";"))
kept("other columns", written([[row[2], f"note {i}, mine", row[0], row[1]] for i, row in enumerate(
    [["cfg", "latency", "energy"]] + table[1:])]).replace(b"note 0, mine", b"note"))
kept("blank rows", written([table[0], [], ["", "", ""], *table[1:], [], ["", "", ""]]))

# What a hand has spoilt is named with its line, and stays.
with open("work/data/result.csv", "wb") as file:
    file.write(written([table[0], [table[1][0], "fast", "0"], *table[2:]]))
before = tables()
code, said = run("--configs", "nets", *quick)
assert code == 1 and "result.csv:2: " in said and "'fast'" in said, said
assert tables() == before

# Model files that are not what was made are made again, not timed.
shutil.rmtree("work")
pair = ["--configs", "nets/plain.yaml", "nets/pair.yaml", *quick]
with open(tiny) as file, open("nets/pair.yaml", "w") as other:
    other.write(file.read().replace("STEM_W: 16", "STEM_W: 24"))
assert run(*pair)[0] == 0
records = json.load(open("work/data/result.json"))["configs"]
plain, other = (records[f"nets/{name}.yaml"] for name in ("plain", "pair"))
right = open(plain["model"], "rb").read()
for spoil in (lambda path: shutil.copy(other["model"], path), lambda path: os.truncate(path, 5000)):
    spoil(plain["model"])
    assert run("--force", *pair)[0] == 0
    assert open(plain["model"], "rb").read() == right
    again = json.load(open("work/data/result.json"))["configs"]["nets/plain.yaml"]
    assert again["plan_hash"] == plain["plan_hash"]

# A slip in one flag costs nothing.
before, listing = tables(), sorted(os.listdir("work/data"))
open("noise", "wb").write(os.urandom(3000))
open("machine.yaml", "w").write("processors: [{name: a, role: cpu, cores: [9999]}]\n")
os.makedirs("empty", exist_ok=True)
for code_wanted, *words in [
        (2, "--weights", "nowhere.pyth"), (2, "--machine", "nowhere.yaml"), (2, "--machine", "machine.yaml", "--engine", "litert"), (2, "--input_image", "nowhere.jpg"),
        (2, "--calibration", "nowhere"), (2, "--calibration", "empty"), (2, "--engine", "tensorrt"), (2, "--engine", "qnn"),
        (2, "--core_affinity", "zz"), (2, "--num_threads", "9999"), (2, "--without", "nobody"),
        (2, "--use_real_weights"), (2, "--float_blocks", "nothing"), (2, "--with_accuracy", "nowhere"),
        (2, "--trace", "/proc/x"), (2, "--host_tmp_dir", "/proc/x"), (2, "--percentile", "3"), (2, "--num_runs", "0"),
        (2, "--observer", "median"), (2, "--output_csv", "work/data/other.json"), (2, "--output_csv", "/dev/null"),
        (2, "--no_root"), (2, "--device_tmp_dir", "/tmp"), (2, "--adb_host", "localhost"), (2, "ANYNET.STEM_W"),
        (2, "ANYNET.STEM_WW", "8"), (2, "ANYNET.STEM_W", "wide"), (2, "--configs", "nowhere"),
        (2, "--configs", "/dev/null"), (2, "--typo"),
        (1, "--weights", "noise"), (1, "--machine", "machine.yaml"), (1, "--input_image", "noise"),
        (1, "--machine", photos)]:
    rest = [] if words[0] in job else job
    if words[0] == "--machine" and "--engine" in rest and "--engine" not in words:  # one contradicts the other
        at = rest.index("--engine")
        rest = rest[:at] + rest[at + 2:]
    code, said = run("--configs", "nets/plain.yaml", "nets/pair.yaml", "--force", *words, *rest)
    assert code == code_wanted, (words, code, said)
    assert sum(line.startswith("nnstretch: ") for line in said.splitlines()) == 1, (words, said)
    assert tables() == before and sorted(os.listdir("work/data")) == listing, words

# KEY VALUE pairs decide, too; what fails with new inputs leaves its row behind, with the reason.
assert "2 run, 0 as they were" in run(*pair, "MODEL.NUM_CLASSES", "7")[1]
assert "0 run, 2 as they were" in run(*pair, "MODEL.NUM_CLASSES", "7")[1]
row = rows()[1]
with open("nets/plain.yaml", "a") as file:
    file.write("NO_SUCH_KEY: 5\n")
code, said = run(*pair, "MODEL.NUM_CLASSES", "7")
assert code == 1 and "1 as they were, 1 failed" in said, said
assert [one[0] for one in rows()[1:]] == ["nets/pair.yaml"]
old = list(csv.reader(open("work/data/result.csv.old", newline="")))
assert old[1][:3] == row and "NO_SUCH_KEY" in old[1][3], old
assert json.loads(open("work/data/result.json.old").readline())["record"]["inputs"]
print("all as expected")
