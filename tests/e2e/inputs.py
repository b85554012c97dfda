#!/usr/bin/python3
"""Arrays and pictures that do not fit are refused with an advice, and each advice is followed here: the next try
works. Also: arrays in any order of bytes and elements, pipes, what --save_input writes, several outputs, NaN."""
import json
import os
import re
import shutil
import subprocess
import sys

from _outside import photos, program, source
from _mean_colour import np, plain, write_onnx, write_png, write_tflite

for name in os.listdir("."):
    shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
NET = os.path.join(source, "configs/tiny/TINY-RX-CD.yaml")
CAT = os.path.join(photos, "cat.jpg")
random = np.random.default_rng(1)
failures = 0


def judge(what, right, said=""):
    global failures
    failures += not right
    if not right:
        print(f"FAILED: {what}\n  {said}")


def infer(*words, **more):
    engine = [] if "--engine" in words else ["--engine", "reference"]
    return subprocess.run([program, "infer", *engine, *words], capture_output=True, **more)


def said(done):
    return done.stderr.decode().strip()


def follow(what, source_words, x, *words):
    """An array is refused; what the message advises is done, and works."""
    np.save("x.npy", x)
    done = infer(*source_words, "--input", "x.npy", *words)
    message = said(done).splitlines()[-1]
    judge(f"{what}: refused in one message", done.returncode == 1 and said(done).count("nnstretch: ") == 1, said(done))
    size, saved = re.search(r"give --im_size (\d+)", message), re.search(r"save (.*)$", message)
    if size:
        words = (*words, "--im_size", size[1])
    if saved:
        np.save("x.npy", eval(saved[1], {"numpy": np, "x": x}))
    if size or saved:
        pass
    elif found := re.search(r"give an array of (\w+)\[([\dx]+)\]$", message):
        np.save("x.npy", np.zeros([int(n) for n in found[2].split("x")], {"f32": "f4", "u8": "u1", "i8": "i1"}[found[1]]))
    else:
        return judge(f"{what}: an advice", False, message)
    done = infer(*source_words, "--input", "x.npy", *words)
    judge(f"{what}: the advice works", done.returncode == 0, f"{message}\n  {said(done)}")


cfg = ["--cfg", NET, "TRAIN.IM_SIZE", "32", "TEST.IM_SIZE", "32"]
image = random.normal(size=(1, 3, 32, 32)).astype(np.float32)
follow("float64 that float32 cannot hold", cfg, image.astype(np.float64) / 3)
follow("another size", cfg, np.zeros((1, 3, 48, 48), np.float32))
follow("another size of another type", cfg, np.zeros((1, 3, 48, 48), np.int32))
follow("NHWC with --cfg", cfg, np.zeros((1, 32, 32, 3), np.float32))
follow("NHWC without a batch", cfg, np.zeros((32, 32, 3), np.uint8))
follow("NHWC bytes with --cfg", cfg, np.zeros((1, 32, 32, 3), np.uint8))
follow("two images", cfg, np.zeros((2, 3, 32, 32), np.float32))
follow("a vector", cfg, np.zeros(7, np.float32))
for kind in ("float32", "int8", "uint8"):
    write_tflite(f"{kind}.tflite", 8, (kind, kind), 1 / 127.5, 128)
    model = ["--model", f"{kind}.tflite"]
    follow(f"NCHW into {kind}", model, np.zeros((1, 3, 8, 8), kind))
    follow(f"another size into {kind}", model, np.zeros((1, 9, 9, 3), kind))
    for other in ("float32", "float64", "int8", "uint8", "int32"):
        if other != kind and (kind, other) != ("float32", "float64"):  # zeros lose nothing
            follow(f"{other} into {kind}", model, np.zeros((1, 8, 8, 3), other))
    follow(f"NCHW float32 into {kind}" if kind != "float32" else "NCHW bytes into float32", model,
           np.zeros((1, 3, 8, 8), "uint8" if kind == "float32" else "float32"))
# The conversion that is advised gives the stored numbers.
np.save("x.npy", np.full((1, 8, 8, 3), 0.5, np.float32))
advice = re.search(r"save (.*)$", said(infer("--model", "uint8.tflite", "--input", "x.npy")))[1]
judge("0.5 in steps of 1/127.5 above 128", (eval(advice, {"numpy": np, "x": np.load("x.npy")}) == 192).all(), advice)

np.savez("several.npz", image)
done = infer(*cfg, "--input", "several.npz")
judge(".npz", done.returncode == 1 and "save one array as .npy, with numpy.save" in said(done), said(done))
np.save("x.npy", np.load("several.npz")["arr_0"])
judge(".npz, one array of it", infer(*cfg, "--input", "x.npy").returncode == 0)

# Pictures: a network that takes none of that shape, a crop beyond the resized picture.
write_png("grey.png", plain((9, 9, 9), 8))
from _mean_colour import TfliteWriter, schema
wide = TfliteWriter()
x, y = wide.tensor("x", "float32", [1, 4, 8, 3]), wide.tensor("y", "float32", [1, 4, 8, 3])
wide.operator(schema.BuiltinOperator.RELU, [x], y)
wide.save("wide.tflite", [x], [y])
done = infer("--model", "wide.tflite", "--input", "grey.png")
judge("no input for a picture", done.returncode == 1 and said(done).endswith("give a .npy array of f32[1x4x8x3]"), said(done))
np.save("x.npy", np.zeros((1, 4, 8, 3), np.float32))
judge("but for an array", infer("--model", "wide.tflite", "--input", "x.npy").returncode == 0)
write_onnx("big.onnx", 64, ("float32", "float32"))
done = infer("--model", "big.onnx", "--input", "grey.png", "--resize", "32")
found = re.search(r"resize to (\d+) or more: --(resize)", said(done))
judge("a crop beyond the picture", done.returncode == 1 and found, said(done))
judge("its advice", infer("--model", "big.onnx", "--input", "grey.png", f"--{found[2]}", found[1]).returncode == 0)

# Any order of bytes and of elements, float64 that loses nothing, a pipe: the same logits.
np.save("plain.npy", image)
wanted = infer(*cfg, "--input", "plain.npy").stdout
for what, array in (("Fortran order", np.asfortranarray(image)), ("big-endian", image.astype(">f4")),
                    ("big-endian Fortran float64", np.asfortranarray(image.astype(">f8"))), ("float64", image.astype("f8")),
                    ("without a batch", image[0])):
    np.save("x.npy", array)
    done = infer(*cfg, "--input", "x.npy")
    judge(what, done.returncode == 0 and done.stdout == wanted, said(done))
with open("plain.npy", "rb") as file:
    done = infer(*cfg, "--input", "/dev/stdin", input=file.read())
judge("an array from a pipe", done.stdout == wanted, said(done))
with open(CAT, "rb") as file:
    done = infer(*cfg, "--input", "/dev/stdin", input=file.read())
judge("a picture from a pipe", done.stdout == infer(*cfg, "--input", CAT).stdout and done.returncode == 0, said(done))
os.mkfifo("net.tflite")
feeder = subprocess.Popen(["sh", "-c", "cat float32.tflite > net.tflite"])
judge("a network from a pipe", infer("--model", "net.tflite", "--input", "grey.png").returncode == 0)
feeder.kill()

# What --save_input writes, --input takes, and the answer is the same.
subprocess.run([program, "build", *cfg, "--out", "int8.tflite"], check=True, capture_output=True)
for words in (cfg, [*cfg, "--precision", "int8"], ["--model", "int8.tflite"]):
    first = infer(*words, "--input", CAT, "--save_input", "saved.npy", "--output", "a.npy")
    second = infer(*words, "--input", "saved.npy", "--output", "b.npy")
    judge(f"{words[0]}: saved and fed again", second.returncode == 0 and
          (np.load("a.npy") == np.load("b.npy")).all(), said(first) + said(second))

# Several outputs: a file each.
write_onnx("two.onnx", 8, ("float32", "float32"), two_outputs=True)
np.save("x.npy", random.random((1, 8, 8, 3), np.float32))
for words in ([], ["--engine", "openvino"], ["--engine", "litert"]):
    done = infer("--model", "two.onnx", "--input", "x.npy", "--output", "out.npy", "--json", "said.json", *words)
    judge("two outputs", done.returncode == 0 and not os.path.exists("out.npy"), said(done))
    judge("both named", "output 1, picture" in said(done) and "out.1.npy" in said(done), said(done))
    judge("the mean", np.allclose(np.load("out.0.npy"), np.load("x.npy").mean((1, 2)), atol=1e-5))
    judge("the picture", np.allclose(np.load("out.1.npy"), np.load("x.npy"), atol=1e-6))
    judge("in JSON", [(o["name"], o["shape"]) for o in json.load(open("said.json"))["outputs"]] ==
          [("y", [1, 3]), ("picture", [1, 8, 8, 3])])
    for old in ("out.0.npy", "out.1.npy"):
        os.remove(old)

# NaN: in an array a warning, among the logits an error, once the files are written.
poisoned = np.load("x.npy")
poisoned[0, 3, 3, 1] = np.nan
np.save("nan.npy", poisoned)
write_onnx("mean.onnx", 8, ("float32", "float32"))
done = infer("--model", "mean.onnx", "--input", "nan.npy", "--output", "logits.npy", "--json", "said.json")
judge("NaN of the input is named", "value 82 of the network's input is NaN" in said(done), said(done))
judge("NaN of the logits is an error", done.returncode == 1 and "1 of 3 logits are NaN, the first of class 1" in said(done),
      said(done))
judge("the files are there", np.isnan(np.load("logits.npy")[0, 1]) and np.isfinite(np.load("logits.npy")[0, [0, 2]]).all())
judge("numbers come first", [row["class"] for row in json.load(open("said.json"))["top5"]][-1] == 1)
done = infer("--model", "mean.onnx", "--input", "nan.npy", "--values", "values")
judge("as advised, --values shows where", np.isnan(np.load("values/y.npy")[0, 1]), said(done))
np.save("nan.npy", np.where(image > 2, np.nan, image).astype(np.float32))
done = infer(*cfg, "--precision", "int8", "--input", "nan.npy")
judge("int8 has no NaN", done.returncode == 1 and "nan.npy: value" in said(done), said(done))

# Files hold float32 or int8.
done = subprocess.run([program, "build", *cfg, "--precision", "bf16", "--out", "b.tflite"], capture_output=True)
judge("no bf16 file", done.returncode == 2 and not os.path.exists("b.tflite"), said(done))
judge("as advised", subprocess.run([program, "build", *cfg, "--precision", "f32", "--out", "b.tflite"],
                                   capture_output=True).returncode == 0 and
      infer("--model", "b.tflite", "--input", CAT, "--precision", "bf16", "--engine", "openvino").returncode == 0)
print("all as expected" if not failures else f"{failures} failures")
sys.exit(bool(failures))
