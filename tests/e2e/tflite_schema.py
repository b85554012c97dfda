#!/usr/bin/python3
"""The .tflite files we write, walked through by the classes of the public schema: every index is
there, every operator has the options of its kind, quantisation fits its tensor, no warning."""
import os
import subprocess
import sys
import warnings

from _outside import need, program, source

need("tflite")
warnings.simplefilter("error")
import numpy as np
import tflite

OPTIONS = {name: value for name, value in vars(tflite.BuiltinOptions).items() if name.endswith("Options")}
OPERATORS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
TYPES = {tflite.TensorType.FLOAT32: 4, tflite.TensorType.INT32: 4, tflite.TensorType.INT8: 1,
         tflite.TensorType.UINT8: 1, tflite.TensorType.INT64: 8}
# Operators whose options have another name, or none.
OPTIONS_OF = {"DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions", "CONV_2D": "Conv2DOptions", "AVERAGE_POOL_2D": "Pool2DOptions",
              "MAX_POOL_2D": "Pool2DOptions", "MEAN": "ReducerOptions", "PADV2": "PadV2Options",
              "FULLY_CONNECTED": "FullyConnectedOptions", "CONCATENATION": "ConcatenationOptions"}
WITHOUT = ("RELU", "RELU6", "LOGISTIC")


def check_tensor(model, tensor):
    name = tensor.Name().decode()
    size = TYPES[tensor.Type()]
    buffer = model.Buffers(tensor.Buffer())
    if buffer.DataLength():
        assert buffer.DataLength() == size * int(np.prod(tensor.ShapeAsNumpy())), name
    quant = tensor.Quantization()
    if tensor.Type() == tflite.TensorType.INT8:
        assert quant is not None and quant.ScaleLength() == quant.ZeroPointLength() >= 1, name
    if quant is not None and quant.ScaleLength():
        scales = quant.ScaleAsNumpy()
        assert (scales > 0).all() and np.isfinite(scales).all(), name
        if len(scales) > 1:
            assert len(scales) == tensor.Shape(quant.QuantizedDimension()), name
            assert not quant.ZeroPointAsNumpy().any(), f"{name}: per-channel values are symmetric"
    return name


def check(path):
    with open(path, "rb") as file:
        model = tflite.Model.GetRootAs(file.read(), 0)
    assert model.Version() == 3 and model.SubgraphsLength() == 1
    graph = model.Subgraphs(0)
    names = [check_tensor(model, graph.Tensors(i)) for i in range(graph.TensorsLength())]
    assert len(names) == len(set(names)), "two tensors have one name"
    made = set(graph.InputsAsNumpy().tolist())
    made |= {i for i in range(graph.TensorsLength()) if model.Buffers(graph.Tensors(i).Buffer()).DataLength()}
    for i in range(graph.OperatorsLength()):
        op = graph.Operators(i)
        code = model.OperatorCodes(op.OpcodeIndex())
        kind = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        assert code.BuiltinCode() == code.DeprecatedBuiltinCode() or code.DeprecatedBuiltinCode() == 127, kind
        wanted = OPTIONS_OF.get(kind, kind.title().replace("_", "") + "Options")
        assert op.BuiltinOptionsType() == (0 if kind in WITHOUT else OPTIONS[wanted]), f"{kind}: {op.BuiltinOptionsType()}"
        for tensor in op.InputsAsNumpy().tolist():
            assert tensor == -1 or tensor in made, f"operator {i} ({kind}) reads what is not made yet"
        for tensor in op.OutputsAsNumpy().tolist():
            assert tensor not in made, f"operator {i} ({kind}) makes what is there"
            made.add(tensor)
    assert set(graph.OutputsAsNumpy().tolist()) <= made
    print(f"{path}: {graph.OperatorsLength()} operators, {len(names)} tensors")


for name in ("mi/R-34-CDG", "mi/RX-1.6-CD", "pixel/EN-L4-CG", "mi/EN-B5-CD", "tiny/TINY-EN-CG"):
    for precision in ("int8", "f32"):
        path = name.split("/")[1] + f"-{precision}.tflite"
        subprocess.run([program, "build", "--cfg", f"{source}/configs/{name}.yaml", "--out", path, "--im_size", "64",
                        "--precision", precision], check=True, stdout=subprocess.DEVNULL)
        check(path)
        os.remove(path)
