#!/usr/bin/python3
"""Our reference kernels against those of LiteRT's interpreter (BUILTIN_REF): every tensor of whole
int8 networks, bit for bit. Three networks; with NNSTRETCH_FULL=1 all 52; or
those named ("mi/R-34-CD")."""
import glob
import os
import subprocess
import sys

from _outside import need, program, source

need("ai_edge_litert")
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

names = ["mi/R-34-CD", "mi/RX-1.6-CDG", "pixel/EN-L4-CG", "tiny/TINY-EN-CG"]
if sys.argv[1:]:
    names = sys.argv[1:]
elif os.environ.get("NNSTRETCH_FULL"):
    names = sorted("/".join(f[:-5].split("/")[-2:]) for d in ("mi", "pixel")
                   for f in glob.glob(f"{source}/configs/{d}/*.yaml"))
wrong = 0
for name in names:
    subprocess.run(["rm", "-rf", "values", "net.tflite"], check=True)
    run = lambda *a: subprocess.run([program, *a], check=True, capture_output=True)
    run("build", "--cfg", f"{source}/configs/{name}.yaml", "--out", "net.tflite")
    run("infer", "--model", "net.tflite", "--input", os.environ["NNSTRETCH_PHOTOS"] + "/cat.jpg",
        "--engine", "reference", "--values", "values", "--save_input", "input.npy")
    interpreter = Interpreter("net.tflite", experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
                              experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.load("input.npy"))
    interpreter.invoke()
    compared = 0
    for detail in interpreter.get_tensor_details():
        path = f"values/{detail['name']}.npy"
        if not os.path.exists(path):
            continue
        ours, theirs = np.load(path), interpreter.get_tensor(detail["index"])
        compared += 1
        if ours.shape != theirs.shape or (ours != theirs).any():
            print(f"FAILED: {name} {detail['name']}: {np.abs(ours.astype(int) - theirs.astype(int)).max()} steps")
            wrong += 1
            break
    expected = len(os.listdir("values"))
    print(f"{name}: {compared} of {expected} tensors compared")
    if compared != expected:
        print("FAILED: a tensor of ours is not in the file")
        wrong += 1
sys.exit(wrong > 0)
