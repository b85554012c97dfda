#!/usr/bin/python3
"""What goes into a network and comes out of it, for ends of float32, int8 and uint8, in .onnx (NCHW) and .tflite (NHWC),
from pictures and arrays, on every engine: one table of colours and the classes that they are. Equal logits are ordered
by class. With the training component `test` says the same of pictures."""
import json
import os
import shutil
import subprocess
import sys

from _outside import program, source
from _mean_colour import np, plain, stored, write_onnx, write_png, write_tflite

for name in os.listdir("."):
    shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)

# A colour and its classes, the strongest first.
EXPECTED = {(200, 100, 20): [0, 1, 2], (250, 130, 255): [2, 0, 1], (10, 90, 90): [1, 2, 0], (128, 128, 128): [0, 1, 2]}
ENDS = [("float32", "float32"), ("int8", "int8"), ("uint8", "uint8"), ("int8", "uint8"), ("uint8", "int8"),
        ("float32", "uint8"), ("uint8", "float32")]
ENGINES = ["reference", "openvino", "litert", "auto"]
SIZE = 8
failures = []


def judge(what, wanted, got):
    if wanted != got:
        failures.append(what)
        print(f"FAILED: {what}\n  wanted {wanted}\n  got    {got}")


def infer(model, given, *words):
    done = subprocess.run([program, "infer", "--model", model, "--input", given, "--json", "-", *words],
                          capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    return [(row["class"], round(row["logit"], 2)) for row in json.loads(done.stdout)["top5"]]


def check_infer():
    """Each file and engine sees one colour as a picture, the next as an array; other ones in the next file."""
    colours = list(EXPECTED)
    for colour in colours:
        write_png(f"{colour}.png", plain(colour, SIZE))
    count = 0
    for ends in ENDS:
        for write in (write_onnx, write_tflite):
            model = f"{'-'.join(ends)}.{'onnx' if write is write_onnx else 'tflite'}"
            write(model, SIZE, ends)
            count += 1
            for engine in ENGINES:
                for given in ("picture", "array"):
                    colour = colours[count % len(colours)]
                    count += 1
                    wanted = [(one, round(colour[one] / 255, 2)) for one in EXPECTED[colour]]
                    words = ["--mean", "0,0,0", "--std", "1,1,1", "--resize", str(SIZE), "--save_input", "fed.npy"]
                    fed = stored(plain(colour, SIZE)[None] / 255, ends[0], 1 / 255, 0)
                    source_file = f"{colour}.png"
                    if given == "array":
                        source_file = "given.npy"
                        np.save(source_file, fed)
                    what = f"{model}, {engine}, {given} of {colour}"
                    judge(what, wanted, infer(model, source_file, "--engine", engine, *words))
                    saved = np.load("fed.npy")
                    judge(what + ": what is fed", True, saved.dtype == fed.dtype and np.allclose(saved, fed, atol=1e-6))
    print(f"{len(ENDS) * 2 * len(ENGINES) * 2} answers of infer")


def check_test():
    """Three classes of one colour: always right, whatever the ends."""
    for label, colour in (("a_red", (230, 60, 40)), ("b_green", (40, 230, 60)), ("c_blue", (60, 40, 230))):
        for split in ("train", "val"):
            os.makedirs(f"data/{split}/{label}")
            for i in range(3):
                write_png(f"data/{split}/{label}/{i}.png", plain([c - i for c in colour], 32))
    for ends in ENDS:
        for write in (write_onnx, write_tflite):
            model = f"test-{'-'.join(ends)}.{'onnx' if write is write_onnx else 'tflite'}"
            write(model, 32, ends, 0.017, 128)  # -2.2 to 2.2
            for engine in ("reference", "auto"):
                done = subprocess.run(
                    [program, "test", "--cfg", os.path.join(source, "configs/tiny/TINY-RX-CD.yaml"), "--data", "data",
                     "--model", model, "--engine", engine, "--json", "said.json", "MODEL.NUM_CLASSES", "3",
                     "DATA_LOADER.MODE", "small", "TRAIN.IM_SIZE", "32", "TEST.IM_SIZE", "32", "TRAIN.DATASET", "imagenet",
                     "TEST.DATASET", "imagenet", "DATA_LOADER.COLOUR", "rgb"], capture_output=True, text=True)
                said = done.stderr.strip()
                if done.returncode == 0:
                    said = json.load(open("said.json"))["networks"][0]["top1_err"]
                judge(f"test {model} on {engine}", 0.0, said)


check_infer()
if os.path.exists(program + "-training"):
    check_test()
else:
    print("without `test`: the training component is not built")
sys.exit(bool(failures))
