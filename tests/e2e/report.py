#!/usr/bin/python3
"""The page of results: one file that asks for nothing, whose numbers are those of result.json, and on which names are names."""
import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess

from _outside import photos, program, source

for folder in ("work", "two", "odd"):
    shutil.rmtree(folder, ignore_errors=True)
os.makedirs("two")
for photo in ["cat.jpg", "dogs.jpg"]:
    shutil.copy(os.path.join(photos, photo), "two")


def call(*words, code=0):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    assert done.returncode == code, (words, done)
    return done.stdout + done.stderr


class Page(html.parser.HTMLParser):
    """Its elements, and the cells of its rows by data-name."""

    def __init__(self, file):
        super().__init__()
        self.open, self.rows, self.links, self.ids, self.scripts, self.text = [], {}, set(), set(), 0, ""
        self.row = None
        self.feed(open(file, encoding="utf-8").read())
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for name, value in attributes:
            assert not name.startswith("on") and "javascript:" not in (value or ""), (tag, attributes)
            assert name not in ("src",) and not (value or "").startswith("http"), (tag, attributes)
        if "href" in values:
            self.links.add(values["href"])
        if "id" in values:
            assert values["id"] not in self.ids
            self.ids.add(values["id"])
        self.scripts += tag == "script"
        if tag == "tr":
            self.row = self.rows.setdefault(values.get("data-name"), [])
        if tag in ("td", "th") and self.row is not None:
            self.row.append(values.get("data-v"))
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


tiny = os.path.join(source, "configs/tiny/TINY-")
run = ["run", "--configs", tiny + "RX-CD.yaml", tiny + "R-CDG.yaml", "--calibration", "two", "--num_runs", "8", "--workdir"]
call(*run, "work")
call("report", "work", "--out", "page.html")
page = Page("page.html")
text = open("page.html", encoding="utf-8").read()

# What the policy says is what is there, and nothing else may be loaded.
policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
for tag in ("style", "script"):
    body = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    assert f"{tag}-src 'sha256-{digest}'" in policy, (tag, digest, policy)
assert policy.startswith("default-src 'none'; ") and page.scripts == 1
assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text) and "@import" not in text and "url(" not in text
assert {link[1:] for link in page.links} <= page.ids
assert len(text) < 200_000, len(text)

records = json.load(open("work/data/result.json"))["configs"]
for name, record in records.items():
    row = page.rows[os.path.basename(name)[:-5]]
    told = [None, record["latency_us"]["min"], record["latency_us"]["p50"], record["latency_us"]["p90"], record["bound_us"],
            record["latency_us"]["min"] / record["bound_us"], record["baseline_us"]["min"],
            record["baseline_us"]["min"] / record["latency_us"]["min"], record["best_us"]["min"],
            record["fidelity"]["centred_correlation_median"], 0, record["model_bytes"]]
    assert [one and round(float(one), 6) for one in row] == [one if one is None else round(float(one), 6) for one in told], (row, told)

# With itself to compare with, and a file of bench.
call("report", "work", "--against", "work/data/result.json", "--out", "against.html")
assert "Against work/data/result.json" in Page("against.html").text
call("bench", "--model", "work/data/" + sorted(name for name in os.listdir("work/data") if name.endswith(".tflite"))[0], "--num_runs", "3",
     "--operators", "--json", "bench.json")
call("report", "bench.json", "--out", "one.html")
assert "Operators, the longest" in Page("one.html").text

# Hostile names are names; unreliable, stand-in and energy rows are shown; what cannot be read is told.
os.makedirs("odd/data")
odd = json.load(open("work/data/result.json"))
record = next(iter(odd["configs"].values()))
evil = '<script>alert(1)</script>"\' onmouseover=x <b>.yaml'
record.update(notes=["<img src=x onerror=alert(1)>"], reliable=False, stand_ins=["dsp</p><script>"],
              doubts=[{"sign": "others", "value": 0.5, "fix": "<i>wait</i>"}], energy={"uj_per_inference": 12.0, "source": "<u>meter</u>", "reason": ""})
odd["configs"] = {evil: record, "old.yaml": {"schema": 1}}
json.dump(odd, open("odd/data/result.json", "w"))
call("report", "odd", "--out", "odd.html")
page = Page("odd.html")
assert page.scripts == 1 and "alert(1)" in page.text and "not reliable" in page.text and "Left out" in page.text and "Stand-ins" in page.text
assert not re.search(r"<(img|i|u)[ >]", open("odd.html").read().split("</style>")[1].split("<script>")[0].replace("<input", ""))

assert "there is no result.json" in call("report", "two", code=2)
assert "results" in call("report", code=2)
assert "nowhere" in call("report", "nowhere", code=1)
print("all as expected")
