#!/usr/bin/python3
"""What we write as .onnx against ONNX's own checker and ONNX Runtime.

Small files of every operator and operator set: values within 1e-4 of the reference kernels', int8 ones
within one step. Whole networks over several photographs: float logits within 1e-4 of their spread;
int8 logits correlate, each minus its mean over the photographs; .onnx and .tflite of one network give
the same bytes."""
import glob
import os
import shutil
import subprocess
import sys

from _outside import need, photos, program, source

need("onnx", "onnxruntime")
import numpy as np
import onnx
import onnxruntime

failures = 0


def fail(text):
    global failures
    failures += 1
    print(f"FAILED: {text}")


def session(path):
    """Checked, and run as the file says: the runtime's own int8 kernels are not what is tested."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def steps_of(folder):
    """Of the outputs, by number, that are int8 values as real numbers: the size of a step."""
    graph = onnx.load(f"{folder}/model.onnx").graph
    makers = {name: node for node in graph.node for name in node.output}
    numbers = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    made = [makers.get(output.name) for output in graph.output]
    return {i: float(numbers[node.input[1]]) for i, node in enumerate(made)
            if node is not None and node.op_type == "DequantizeLinear"}


def check_samples():
    shutil.rmtree("samples", ignore_errors=True)
    tool = os.path.join(os.environ["NNSTRETCH_BUILD"], "engines_tests")
    subprocess.run([tool, "--gtest_also_run_disabled_tests",
                    "--gtest_filter=OnnxSamples.DISABLED_AreWritten"],
                   check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "NNSTRETCH_SAMPLES": "samples"})
    folders = sorted(glob.glob("samples/*"))
    off_by_one = compared = 0
    for folder in folders:
        run = session(f"{folder}/model.onnx")
        inputs = {x.name: np.load(f"{folder}/in_{i}.npy") for i, x in enumerate(run.get_inputs())}
        for i, theirs in enumerate(run.run(None, inputs)):
            ours = np.load(f"{folder}/out_{i}.npy")
            if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
                fail(f"{folder} gives {theirs.dtype}{theirs.shape}, not {ours.dtype}{ours.shape}")
            elif ours.dtype == np.float32 and i not in steps_of(folder):
                worst = np.abs(ours - theirs).max()
                if not worst <= 1e-4 * max(1, np.abs(ours).max()):
                    fail(f"{folder} output {i}: {worst} off")
            else:
                steps = np.abs(np.rint((ours.astype(float) - theirs) / steps_of(folder).get(i, 1)))
                off_by_one += (steps == 1).sum()
                compared += steps.size
                if steps.max() > 1:
                    fail(f"{folder} output {i}: {steps.max():.0f} steps off")
    print(f"{len(folders)} small files; {off_by_one} of {compared} int8 values a step off")
    if len(folders) < 50:
        fail("too few small files were written")


def infer(model, photo, *more):
    subprocess.run([program, "infer", "--model", model, "--input", photo, "--output", "logits.npy",
                    "--precision", "int8", *more], check=True, capture_output=True)
    return np.load("logits.npy")


def logits_of(model, images, engine):
    """Ours and ONNX Runtime's logits of each photograph, as real numbers."""
    run = session(model)
    ours, theirs = [], []
    for photo in images:
        ours.append(infer(model, photo, "--save_input", "input.npy", "--engine", engine))
        x = np.load("input.npy").transpose(0, 3, 1, 2)
        theirs.append(run.run(None, {run.get_inputs()[0].name: x})[0])
    return np.concatenate(ours).astype(float), np.concatenate(theirs).astype(float)


def check_network(name, engine):
    images = sorted(glob.glob(photos + "/*.jpg"))[:8]
    build = [program, "build", "--cfg", f"{source}/configs/{name}.yaml", "--out"]
    for out, precision in (("f.onnx", "f32"), ("i.onnx", "int8"), ("i.tflite", "int8")):
        subprocess.run([*build, out, "--precision", precision], check=True, capture_output=True)
    ours, theirs = logits_of("f.onnx", images, engine)
    spread = np.abs(ours - theirs).max() / ours.std()
    ours, theirs = logits_of("i.onnx", images, engine)
    ours, theirs = ours - ours.mean(0), theirs - theirs.mean(0)
    # Over all photographs at once: one whose logits are a step or two from the mean says little.
    correlation = np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]
    each = [np.corrcoef(a, b)[0, 1] for a, b in zip(ours, theirs)]
    print(f"{name} ({engine}): float {spread:.1e} of the spread, int8 {correlation:.4f} "
          f"(single photographs {min(each):.4f} to {max(each):.4f})")
    if not spread <= 1e-4:
        fail(f"{name}: float logits differ")
    if not correlation >= 0.99:
        fail(f"{name}: int8 logits differ")
    same = [infer(f, images[0], "--engine", "reference") for f in ("i.onnx", "i.tflite")]
    if (same[0] != same[1]).any():
        fail(f"{name}: .onnx and .tflite give other bytes")


check_samples()
check_network("tiny/TINY-EN-CG", "reference")
networks = ["mi/RX-1.6-CDG", "mi/R-34-CD", "pixel/EN-L4-CG"]
for network in networks if os.environ.get("NNSTRETCH_FULL") else networks[:2]:
    check_network(network, "auto")  # an engine whose numbers are right on this CPU
sys.exit(failures > 0)
