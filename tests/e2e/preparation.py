#!/usr/bin/python3
"""How pictures are prepared for files of others: as TFLITE_METADATA says, as the first operators of the network show, as
flags say; what is only assumed is said, and refused where the input cannot hold what comes of it. Labels are shown."""
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

from _outside import program
from _mean_colour import flatbuffers, np, plain, write_onnx, write_png, write_tflite

for name in os.listdir("."):
    shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
SIZE = 8
failures = 0


def judge(what, right, said=""):
    global failures
    failures += not right
    if not right:
        print(f"FAILED: {what}\n  {said}")


def metadata(mean, std, labels=None):
    """ModelMetadata > SubGraphMetadata > TensorMetadata > ProcessUnit > NormalizationOptions, AssociatedFile."""
    b = flatbuffers.Builder(1024)

    def table(slots, **fields):
        b.StartObject(slots)
        for slot, value in fields.items():
            add = b.PrependUint8Slot if slot[0] == "b" else b.PrependUOffsetTRelativeSlot
            add(int(slot[1:]), value, 0)
        return b.EndObject()

    def floats(values):
        b.StartVector(4, len(values), 4)
        for value in reversed(values):
            b.PrependFloat32(value)
        return b.EndVector()

    def vector_of(one):
        b.StartVector(4, 1, 4)
        b.PrependUOffsetTRelative(one)
        return b.EndVector()

    mean, std = floats(mean), floats(std)
    unit = table(2, b0=1, o1=table(2, o0=mean, o1=std))
    fields = {"o2": vector_of(table(7, o4=vector_of(unit)))}
    if labels is not None:
        name = b.CreateString(labels)
        fields["o3"] = vector_of(table(7, o6=vector_of(table(4, o0=name, b2=2))))
    b.Finish(table(8, o3=vector_of(table(8, **fields))), b"M001")
    return bytes(b.Output())


def add_archive(path, entries):
    """Behind the model, as TFLite's tools do."""
    with open(path, "rb") as file:
        whole = io.BytesIO(file.read())
    with zipfile.ZipFile(whole, "a") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    with open(path, "wb") as file:
        file.write(whole.getvalue())


def infer(model, picture, *words):
    for old in ("fed.npy", "said.json"):
        if os.path.exists(old):
            os.remove(old)
    done = subprocess.run([program, "infer", "--model", model, "--input", picture, "--engine", "reference", "--save_input",
                           "fed.npy", "--json", "said.json", *words], capture_output=True, text=True)
    fed = np.load("fed.npy")[0, 0, 0].astype(float).tolist() if os.path.exists("fed.npy") else None
    return done, fed


def close(a, b):
    return a is not None and np.allclose(a, b, atol=2e-3)


write_png("white.png", plain((255, 255, 255), SIZE))
write_png("orange.png", plain((200, 100, 20), SIZE))

# TFLITE_METADATA: of bytes, one number a colour or one for all; labels by their place in the archive.
write_tflite("told.tflite", SIZE, ("float32", "float32"), metadata=metadata([127.5] * 3, [127.5] * 3, "labels.txt"))
add_archive("told.tflite", {"labels.txt": "red\r\ngreen\nblue\n", "other.txt": "x"})
done, fed = infer("told.tflite", "white.png")
judge("mean and std of TFLITE_METADATA are followed", close(fed, [1, 1, 1]), (fed, done.stderr))
judge("it is said where they come from", "as TFLITE_METADATA says" in done.stderr, done.stderr)
judge("nothing is said to be missing", "does not say" not in done.stderr, done.stderr)
done, fed = infer("told.tflite", "orange.png")
judge("the labels are shown", [line.split()[-1] for line in done.stdout.splitlines()] == ["label", "red", "green", "blue"],
      done.stdout)
judge("and in JSON", [row["label"] for row in json.load(open("said.json"))["top5"]] == ["red", "green", "blue"])
judge("numbers as told", close(fed, [200 / 127.5 - 1, 100 / 127.5 - 1, 20 / 127.5 - 1]), fed)
done, fed = infer("told.tflite", "white.png", "--mean", "0,0,0", "--std", "0.5,0.5,0.5")
judge("flags come first", close(fed, [2, 2, 2]), fed)
write_tflite("uint8.tflite", SIZE, ("uint8", "uint8"), 1 / 127.5, 128, metadata([127.5], [127.5]))
done, fed = infer("uint8.tflite", "orange.png")
judge("a picture goes into uint8 as it is", fed is not None and np.abs(np.array(fed) - [200, 100, 20]).max() <= 1, fed)

# What we write of it, we read.
write_tflite("float.tflite", 32, ("float32", "float32"), metadata=metadata([127.5] * 3, [127.5] * 3, "l.txt"))
add_archive("float.tflite", {"l.txt": "red\ngreen\nblue"})
for out in ("own.tflite", "own.onnx"):
    subprocess.run([program, "build", "--model", "float.tflite", "--precision", "f32", "--out", out], check=True,
                   capture_output=True)
    done, fed = infer(out, "orange.png")
    judge(f"{out} keeps the labels", json.load(open("said.json"))["top5"][0]["label"] == "red", done.stderr)
    judge(f"{out} keeps mean and std", close(fed, [200 / 127.5 - 1, 100 / 127.5 - 1, 20 / 127.5 - 1]), fed)

# Metadata that cannot be used is named, and the network runs all the same.
for what, made, words in (("no std", metadata([127.5], [0.0]), "NormalizationOptions in TFLITE_METADATA are not followed"),
                          ("no flatbuffer", b"nothing of the kind", "TFLITE_METADATA is damaged")):
    write_tflite("odd.tflite", SIZE, ("float32", "float32"), metadata=made)
    done, _ = infer("odd.tflite", "white.png")
    judge(what, done.returncode == 0 and words in done.stderr and "does not say" in done.stderr, done.stderr)
for what, entries, words in (("too few labels", {"l.txt": "red\ngreen"}, "2 lines for 3 classes"),
                             ("no such entry", {"k.txt": "red"}, "no entry 'l.txt'"), ("no archive", None, "no directory")):
    write_tflite("odd.tflite", SIZE, ("float32", "float32"), metadata=metadata([0], [1], "l.txt"))
    if entries:
        add_archive("odd.tflite", entries)
    done, _ = infer("odd.tflite", "white.png")
    judge(what, done.returncode == 0 and words in done.stderr and "label" not in done.stdout, done.stderr)

# The first operators: pixels of the size that their constants have.
three = lambda *values: np.array(values, np.float32).reshape(1, 3, 1, 1)
FIRST = {
    "bytes, mean and std": ([("Sub", "a"), ("Div", "b")], {"a": three(123.7, 116.3, 103.5), "b": three(58.4, 57.1, 57.4)}, 255),
    "bytes, to -1..1": ([("Mul", "a"), ("Add", "b")], {"a": np.float32(1 / 127.5), "b": np.float32(-1)}, 255),
    "bytes, to 0..1, mean and std": ([("Div", "c"), ("Sub", "a"), ("Div", "b")],
                                     {"c": np.float32(255), "a": three(.485, .456, .406), "b": three(.229, .224, .225)}, 255),
    "bytes, mean alone": ([("Sub", "a")], {"a": three(104, 117, 123)}, 255),
    "units, mean and std": ([("Sub", "a"), ("Div", "b")], {"a": three(.485, .456, .406), "b": three(.229, .224, .225)}, 1),
    "units, to -1..1": ([("Mul", "a"), ("Sub", "b")], {"a": np.float32(2), "b": np.float32(1)}, 1),
}
for what, (before, constants, most) in FIRST.items():
    write_onnx("first.onnx", SIZE, ("float32", "float32"), before=before, constants=constants.items())
    done, fed = infer("first.onnx", "orange.png")
    judge(f"{what}: pixels go in", close(fed, np.array([200, 100, 20]) * (most / 255)), (fed, done.stderr))
    judge(f"{what}: it is said", f"pixels in 0..{most}" in done.stderr and "does not say" not in done.stderr, done.stderr)
# Nothing that normalises: a product with the picture itself, a sum that is the only output's.
write_onnx("none.onnx", SIZE, ("float32", "float32"), before=[("Mul", "x")])
done, _ = infer("none.onnx", "orange.png")
judge("a square is no preparation", "does not say how images are prepared" in done.stderr, done.stderr)

# An assumption is checked against what the input holds.
write_tflite("narrow.tflite", SIZE, ("uint8", "uint8"), 1 / 127.5, 128)  # -1 to 1
done, _ = infer("narrow.tflite", "white.png")
judge("ImageNet's mean does not fit into -1..1", done.returncode == 1 and "-1.01 to 1" in done.stderr and
      "only assumed" in done.stderr and not os.path.exists("said.json"), done.stderr)
found = re.search(r"--mean ([\d.,]+) and --std ([\d.,]+) fill", done.stderr)
advice = ["--mean", found[1], "--std", found[2]]
done, fed = infer("narrow.tflite", "white.png", *advice)
judge(f"the advice works: {advice}", done.returncode == 0 and fed == [255, 255, 255], (fed, done.stderr))
write_tflite("wide.tflite", SIZE, ("uint8", "uint8"), 0.017, 128)
pixels = np.full((SIZE * 4, SIZE * 4, 3), 128, np.uint8)
pixels[SIZE * 2, SIZE * 2] = (128, 128, 255)  # blue is 2.64, the input holds 2.17: one of 192 values
write_png("speck.png", pixels)
done, _ = infer("wide.tflite", "speck.png", "--resize", str(SIZE * 4))
judge("a little beyond is a note", done.returncode == 0 and "outside of" in done.stderr, done.stderr)
subprocess.run([program, "build", "--model", "none.onnx", "--precision", "f32", "--out", "again.onnx"], check=True,
               capture_output=True)
done, _ = infer("again.onnx", "orange.png")
judge("what was assumed stays an assumption", "was assumed" in done.stderr, done.stderr)

# One unit: pixels in 0..1.
for words, meant in ((["--mean", "123.675,116.28,103.53", "--std", "58.395,57.12,57.375"],
                      "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"),
                     (["--mean", "127.5,127.5,127.5"], "--mean 0.5,0.5,0.5"),
                     (["--mean", "104,117,123", "--std", "1,1,1"], "--std 0.003922,0.003922,0.003922")):
    done, _ = infer("none.onnx", "orange.png", *words)
    judge(f"{words} is refused", done.returncode == 2 and meant in done.stderr, done.stderr)
    done, _ = infer("none.onnx", "orange.png", *done.stderr[done.stderr.rindex("give ") + 5:].split())
    judge("what is meant is taken", done.returncode == 0, done.stderr)
print("all as expected" if not failures else f"{failures} failures")
sys.exit(bool(failures))
