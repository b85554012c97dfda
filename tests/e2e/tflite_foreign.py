#!/usr/bin/python3
"""Files of another quantiser, read by us, against LiteRT's reference kernels on the same file: int8
to the bit, what we compute in float within the rounding that the file does and we do not. The uint8
files are the int8 one with other types: each number 128 more, one scale a tensor; in the uneven one
weights have zero points of their own."""
import os
import subprocess
import sys

from _outside import need, program, seed, source

need("tflite", "ai_edge_litert")
import numpy as np
import tflite
from ai_edge_litert.interpreter import Interpreter, OpResolverType

data = os.path.join(source, "tests/formats/data")
random = np.random.default_rng(seed())
# The largest difference from LiteRT in standard deviations of the output.
LIMITS = {"int8": 0, "uint8": 0, "uint8_uneven": 0.05, "int16x8": 0.02, "dynamic_range": 0.05, "weight_only": 1e-4}
TYPE, QUANTIZATION, SCALE, ZERO_POINT, DATA = 6, 12, 8, 10, 4  # fields of the schema's tables


def to_uint8(path, out, shift):
    """The zero points of weights differ by `shift` from 128. Edits the numbers of a flatbuffer where they stand."""
    with open(path, "rb") as file:
        raw = bytearray(file.read())
    model = tflite.Model.GetRootAs(raw, 0)
    graph = model.Subgraphs(0)
    for i in range(graph.TensorsLength()):
        tensor = graph.Tensors(i)
        quant, table = tensor.Quantization(), tensor._tab
        if quant is None or not quant.ScaleLength():
            continue
        for field in (SCALE, ZERO_POINT):  # the length stands before the elements
            at = quant._tab.Vector(quant._tab.Offset(field))
            raw[at - 4:at] = (1).to_bytes(4, "little")
        if tensor.Type() != tflite.TensorType.INT8:
            continue
        raw[table.Offset(TYPE) + table.Pos] = tflite.TensorType.UINT8
        buffer = model.Buffers(tensor.Buffer())
        at = quant._tab.Vector(quant._tab.Offset(ZERO_POINT))
        zero = int.from_bytes(raw[at:at + 8], "little", signed=True) + 128 + (shift if buffer.DataLength() else 0)
        raw[at:at + 8] = zero.to_bytes(8, "little")
        if buffer.DataLength():
            at = buffer._tab.Vector(buffer._tab.Offset(DATA))
            raw[at:at + buffer.DataLength()] = bytes(b ^ 0x80 for b in raw[at:at + buffer.DataLength()])
    with open(out, "wb") as file:
        file.write(raw)


def real(values, detail):
    scale, zero_point = detail["quantization"]
    return (values.astype(np.float64) - zero_point) * scale if scale else values.astype(np.float64)


def check(name, path):
    theirs = Interpreter(path, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    theirs.allocate_tensors()
    feed, fetch = theirs.get_input_details()[0], theirs.get_output_details()[0]
    x = random.normal(size=feed["shape"]).astype(np.float32)
    scale, zero_point = feed["quantization"]
    stored = x
    if scale:
        limits = np.iinfo(feed["dtype"])
        stored = np.clip(np.round(x / scale) + zero_point, limits.min, limits.max).astype(feed["dtype"])
    theirs.set_tensor(feed["index"], stored)
    theirs.invoke()
    wanted = real(theirs.get_tensor(fetch["index"]), fetch)
    np.save("x.npy", real(stored, feed).astype(np.float32) if feed["dtype"] == np.int16 else stored)
    said = subprocess.run([program, "infer", "--model", path, "--input", "x.npy", "--output", "y.npy", "--engine",
                           "reference"], capture_output=True, text=True, check=False)
    if said.returncode:
        return f"FAILED: {said.stderr}"
    got = np.load("y.npy")
    if got.dtype != np.float32:
        got = real(got, fetch)
    far = np.abs(got - wanted).max() / wanted.std()
    told = name in ("int8", "uint8", "weight_only") or "computed in float" in said.stderr
    return f"{'' if far <= LIMITS[name] and told else 'FAILED: '}{far:.1e} of the spread"


to_uint8(f"{data}/int8.tflite", "uint8.tflite", 0)
to_uint8(f"{data}/int8.tflite", "uint8_uneven.tflite", -3)
failed = 0
for name in LIMITS:
    result = check(name, f"{'' if 'uint8' in name else data + '/'}{name}.tflite")
    failed += result.startswith("FAILED")
    print(f"{name}: {result}")
    if "int8" not in name:  # it can be made an int8 network of ours
        subprocess.run([program, "build", "--model", f"{data}/{name}.tflite", "--out", "int8.tflite"], check=True,
                       stdout=subprocess.DEVNULL)
sys.exit(failed > 0)
