#!/usr/bin/python3
"""The reference kernels against ONNX Runtime and LiteRT's interpreter (BUILTIN_REF), both from their own
Python wheels: random small networks of tests/engines/random_network.h, whole and cut in two, from the
files that we write. One hundred networks; 2,000 with NNSTRETCH_FULL=1; or the seeds FIRST:COUNT.

An output may be as far off as limits.txt says: one step of int8 or 1e-5 of the largest number for the
operator itself, and what the same of all operators before it makes of it. ONNX Runtime gets ten times
as much of float: its sigmoid is an approximation."""
import glob
import os
import shutil
import subprocess
import sys

from _outside import need

need("onnxruntime", "ai_edge_litert")
import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter, OpResolverType

SAMPLES = os.path.abspath("random-networks")
MOST_FAILURES = 20


def onnx_runtime(path, inputs):
    """As the file says: the runtime's own int8 kernels are not what is tested."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors
    run = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return run.run(None, {x.name: value for x, value in zip(run.get_inputs(), inputs)})


def litert(path, inputs):
    run = Interpreter(path, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    run.allocate_tensors()
    for detail, value in zip(run.get_input_details(), inputs):
        run.set_tensor(detail["index"], value)
    run.invoke()
    return [run.get_tensor(detail["index"]) for detail in run.get_output_details()]


def loaded(folder, name):
    return [np.load(f"{folder}/{name}_{i}.npy") for i in range(len(glob.glob(f"{folder}/{name}_*.npy")))]


def distance(ours, theirs):
    """In steps, or in parts of the largest number."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return float("inf")
    if ours.dtype != np.float32:
        return np.abs(ours.astype(int) - theirs.astype(int)).max(initial=0)
    return np.abs(ours - theirs).max(initial=0) / max(1e-30, np.abs(ours).max(initial=0))


def compare(folder, suffix, run):
    """What is wrong (None if nothing is), and the outputs that are the same bit for bit."""
    try:
        theirs = run(f"{folder}/network.{suffix}", loaded(folder, "in"))
    except Exception as error:  # whatever a library throws
        return str(error).splitlines()[0], []
    ours, limits = loaded(folder, "out"), [float(x) for x in open(f"{folder}/limits.txt")]
    wrong = None
    for i, (a, b, limit) in enumerate(zip(ours, theirs, limits)):
        if suffix == "onnx" and a.dtype == np.float32:
            limit *= 10
        if not distance(a, b) <= limit:
            wrong = f"output {i} is {distance(a, b)} off, {limit} allowed"
    return wrong, [bool((a == b).all()) for a, b in zip(ours, theirs) if a.dtype != np.float32]


def main():
    seeds = sys.argv[1] if sys.argv[1:] else f"1:{2000 if os.environ.get('NNSTRETCH_FULL') else 100}"
    shutil.rmtree(SAMPLES, ignore_errors=True)
    subprocess.run([os.path.join(os.environ["NNSTRETCH_BUILD"], "engines_tests"),
                    "--gtest_also_run_disabled_tests",
                    "--gtest_filter=RandomNetworks.DISABLED_AreWritten"], check=True,
                   stdout=subprocess.DEVNULL,
                   env={**os.environ, "NNSTRETCH_SAMPLES": SAMPLES, "NNSTRETCH_NETWORKS": seeds})
    failures = 0
    for suffix, run in (("onnx", onnx_runtime), ("tflite", litert)):
        folders = glob.glob(f"{SAMPLES}/*-{suffix}") + glob.glob(f"{SAMPLES}/*-{suffix}-*")
        exact = []
        for folder in sorted(folders, key=lambda f: int(os.path.basename(f).split("-")[0])):
            wrong, same = compare(folder, suffix, run)
            exact += same
            if not wrong:
                shutil.rmtree(folder)
                continue
            failures += 1
            print(f"FAILED: {folder}: {wrong}\n{open(folder + '/network.txt').read()}")
            if failures >= MOST_FAILURES:
                sys.exit("too many failures")
        print(f"{run.__name__}: {len(folders)} networks and halves; of {len(exact)} int8 outputs "
              f"{sum(exact)} are the same bit for bit")
        if not folders:
            failures += 1
            print("FAILED: nothing was written")
    sys.exit(failures > 0)


main()
