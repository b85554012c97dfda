#!/usr/bin/python3
"""Networks as exporters of other frameworks write them, read by us and run by the reference kernels,
against ONNX Runtime: float values within 1e-4 of their spread, int8 ones within two steps."""
import os
import subprocess
import sys

from _outside import need, program, seed

need("onnx", "onnxruntime")
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(seed())
failures = 0


class Net:
    """Nodes one after another; every method gives the name of its result."""

    def __init__(self, opset, shape, batch=1):
        self.opset, self.shape, self.batch = opset, shape, batch
        self.nodes, self.constants, self.count = [], [], 0

    def op(self, kind, *inputs, results=1, **attributes):
        names = [f"/n{self.count}/{kind}_{i}" for i in range(results)]
        self.count += 1
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if results == 1 else names

    def const(self, array, kind=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def normal(self, *shape, scale=0.3):
        return self.const(random.normal(0, scale, shape))

    def conv(self, x, inputs, outputs, k, stride=1, groups=1, bias=False, **more):
        weights = [self.normal(outputs, inputs // groups, k, k, scale=(k * k * inputs / groups) ** -0.5)]
        if bias:
            weights.append(self.normal(outputs))
        if "auto_pad" not in more:
            more.setdefault("pads", [k // 2] * 4)
        return self.op("Conv", x, *weights, strides=[stride] * 2, group=groups, kernel_shape=[k, k], **more)

    def norm(self, x, channels):
        return self.op("BatchNormalization", x, self.normal(channels), self.normal(channels), self.normal(channels),
                       self.const(random.uniform(0.5, 2, channels)), epsilon=1e-3)

    def save(self, path, outputs):
        value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "main_graph", [value("image", [self.batch, *self.shape])],
                                  [value(name, None) for name in outputs], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        onnx.save(onnx.shape_inference.infer_shapes(model), path)


def resnet(net):
    x = net.op("Relu", net.norm(net.conv("image", 3, 8, 7, 2), 8))
    x = net.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    y = net.op("Relu", net.norm(net.conv(x, 8, 16, 3, 2, groups=4), 16))
    x = net.op("Relu", net.op("Add", net.norm(net.conv(y, 16, 16, 1), 16), net.norm(net.conv(x, 8, 16, 1, 2), 16)))
    x = net.op("Flatten", net.op("GlobalAveragePool", x), axis=1)
    return [net.op("Gemm", x, net.normal(10, 16), net.normal(10), alpha=1.0, beta=1.0, transB=1)]


def mobilenet_v3(net, old):
    def hard_swish(x):
        if not old:
            return net.op("HardSwish", x)
        clipped = net.op("Clip", net.op("Add", x, net.const(3.0)), net.const(0.0), net.const(6.0))
        return net.op("Div", net.op("Mul", x, clipped), net.const(6.0))

    x = hard_swish(net.norm(net.conv("image", 3, 16, 3, 2), 16))
    y = hard_swish(net.norm(net.conv(x, 16, 16, 5, 1, groups=16), 16))
    gate = net.op("GlobalAveragePool", y)
    gate = net.conv(net.op("Relu", net.conv(gate, 16, 8, 1, bias=True)), 8, 16, 1, bias=True)
    y = net.op("Mul", net.op("HardSigmoid", gate, alpha=1 / 6), y)
    x = net.op("Add", x, net.conv(y, 16, 16, 1, bias=True))
    x = net.op("ReduceMean", x, axes=[2, 3], keepdims=0)
    x = net.op("MatMul", x, net.normal(16, 12))
    return [hard_swish(net.op("Add", x, net.normal(12)))]


def efficientnet(net):
    x = net.op("Sub", "image", net.normal(1, 3, 1, 1))
    x = net.op("Div", x, net.const(random.uniform(0.5, 2, (3, 1, 1))))
    x = net.conv(x, 3, 16, 3, 2, auto_pad="SAME_UPPER")
    x = net.op("Mul", x, net.op("Sigmoid", x))
    y = net.conv(x, 16, 16, 5, 2, groups=16, bias=True, auto_pad="SAME_LOWER")
    y = net.op("Mul", net.op("Sigmoid", y), y)
    gate = net.op("ReduceMean", y, axes=[-2, -1], keepdims=1)
    y = net.op("Mul", y, net.op("Sigmoid", net.conv(gate, 16, 16, 1, bias=True)))
    y = net.op("Clip", y, net.const(0.0), net.const(6.0))
    x = net.op("Squeeze", net.op("GlobalAveragePool", y), net.const([2, 3], np.int64))
    return [net.op("Softmax", net.op("Gemm", x, net.normal(16, 10)), axis=1)]


def shufflenet(net):
    def table(*numbers):
        return net.const(numbers, np.int64)

    x = net.conv("image", 3, 12, 3, 2, bias=True)
    a, b = net.op("Split", x, table(6, 6), results=2, axis=1)
    x = net.op("Concat", net.op("Relu", a), net.conv(b, 6, 6, 3, groups=6), axis=1)
    batch = net.op("Gather", net.op("Shape", x), net.const(0, np.int64), axis=0)
    row = net.op("Unsqueeze", batch, table(0))
    x = net.op("Reshape", x, net.op("Concat", row, table(2, 6, 16, 16), axis=0))
    x = net.op("Transpose", x, perm=[0, 2, 1, 3, 4])
    x = net.op("Reshape", x, net.op("Concat", row, table(-1), table(16, 16), axis=0))
    x = net.op("Slice", x, table(2, -10), table(10, 1 << 60), table(1, 3), table(1, 1))
    # As torch writes its padding: pairs of the last dimensions first, turned around.
    pads = net.op("Concat", table(0, 1, 1, 2), net.op("ConstantOfShape", table(4), value=helper.make_tensor("v", TensorProto.INT64, [1], [0])), axis=0)
    pads = net.op("Slice", net.op("Reshape", pads, table(-1, 2)), table(-1), table(-(1 << 63) + 1), table(0), table(-1))
    pads = net.op("Reshape", net.op("Transpose", pads, perm=[1, 0]), table(-1))
    x = net.op("Pad", x, net.op("Cast", pads, to=TensorProto.INT64), net.const(0.0))
    x = net.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, count_include_pad=1)
    y = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    flat = net.op("Reshape", net.op("Transpose", y, perm=[0, 2, 3, 1]), table(0, -1))
    return [net.op("Flatten", y), flat, x]


def gelu_net(net):
    x = net.conv("image", 3, 8, 4, 4, bias=True, pads=[0] * 4)
    erf = net.op("Erf", net.op("Div", x, net.const(2 ** 0.5)))
    x = net.op("Mul", net.op("Mul", x, net.op("Add", erf, net.const(1.0))), net.const(0.5))
    x = net.op("Transpose", x, perm=[0, 2, 3, 1])
    x = net.op("Add", net.op("Mul", x, net.normal(8)), net.normal(8))
    return [net.op("Transpose", x, perm=[0, 3, 1, 2])]


class Quantised:
    """Values between QuantizeLinear and DequantizeLinear; activations uint8 or int8, biases float or int32."""

    def __init__(self, net, kind, float_bias):
        self.net, self.kind, self.float_bias, self.scales = net, kind, float_bias, {}

    def value(self, x, scale, zero):
        pair = [self.net.const(scale), self.net.const(zero + (128 if self.kind == np.uint8 else 0), self.kind)]
        real = self.net.op("DequantizeLinear", self.net.op("QuantizeLinear", x, *pair), *pair)
        self.scales[real] = scale
        return real

    def weights(self, x, *shape):
        scales = random.uniform(0.002, 0.01, shape[0]).astype(np.float32)
        kernel = self.net.op("DequantizeLinear", self.net.const(random.integers(-127, 128, shape), np.int8),
                             self.net.const(scales), self.net.const(np.zeros(shape[0]), np.int8), axis=0)
        steps = random.integers(-3000, 3000, shape[0])
        products = (scales * np.float32(self.scales[x])).astype(np.float32)
        if self.float_bias:
            return kernel, self.net.const(steps * products)
        return kernel, self.net.op("DequantizeLinear", self.net.const(steps, np.int32), self.net.const(products), axis=0)


def int8_net(net, kind, float_bias):
    q = Quantised(net, kind, float_bias)
    x = q.value("image", 0.03, 5)
    y = net.op("Conv", x, *q.weights(x, 8, 3, 3, 3), pads=[1] * 4, strides=[2, 2])
    y = q.value(net.op("Relu", y), 0.02, -128)
    y = q.value(net.op("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4), 0.02, -128)
    z = q.value(net.op("Conv", y, *q.weights(y, 8, 4, 3, 3), pads=[1] * 4, group=2), 0.05, 3)
    y = q.value(net.op("Concat", y, q.value(net.op("Add", y, z), 0.05, 3), axis=1), 0.06, -2)
    y = q.value(net.op("GlobalAveragePool", y), 0.02, -100)
    y = q.value(net.op("Flatten", y), 0.02, -100)
    return [q.value(net.op("Gemm", y, *q.weights(y, 6, 16), transB=1), 0.2, 0)]


def check_int8(kind, float_bias):
    global failures
    net = Net(17, [3, 32, 32])
    net.save("int8.onnx", int8_net(net, kind, float_bias))
    onnx.checker.check_model("int8.onnx", full_check=True)
    ours, theirs = run_both("int8.onnx", random.normal(size=(1, 3, 32, 32)).astype(np.float32))
    steps = np.inf if ours is None else np.abs(ours - theirs).max() / 0.2
    ops = subprocess.run([program, "inspect", "int8.onnx", "--ops"], capture_output=True, text=True, check=True).stdout
    layers = [line for line in ops.splitlines() if line.split()[1:2] in (["conv"], ["linear"], ["mean"])]
    in_int8 = [line for line in layers if len(line.split()) == 8]  # with a scale and a zero point
    print(f"int8 {kind.__name__}: {steps:.2f} steps, {len(in_int8)} of {len(layers)} layers in int8")
    if "(stand-in)" in ops or "does not say how images are prepared" not in ops:
        print(f"FAILED: what inspect says of a file that is not ours: {ops}")
        failures += 1
    if not steps <= 2.01 or len(layers) != 4 or len(in_int8) != 4 or theirs.std() < 0.1:
        print(f"FAILED: int8 {kind.__name__}: {theirs if ours is None else ops}")
        failures += 1


def run_both(path, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    theirs = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, {"image": x})[0]
    np.save("x.npy", np.ascontiguousarray(x.transpose(0, 2, 3, 1)))
    done = subprocess.run([program, "infer", "--model", path, "--input", "x.npy", "--output", "y.npy",
                           "--engine", "reference", "--precision", "int8"], capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr
    ours = np.load("y.npy")
    return (ours.transpose(0, 3, 1, 2) if ours.ndim == 4 else ours), theirs


def check(name, build, opset, batch=1):
    global failures
    outputs = None
    for which in range(3):  # infer gives the first output
        net = Net(opset, [3, 32, 32], batch)
        outputs = build(net)
        if which >= len(outputs):
            break
        path = f"{name}.onnx"
        net.save(path, outputs[which:which + 1])
        if batch == 1:  # the results of the other are not all of known shape
            onnx.checker.check_model(path, full_check=True)
        ours, theirs = run_both(path, random.normal(size=(1, 3, 32, 32)).astype(np.float32))
        if ours is None or ours.shape != theirs.shape or not np.abs(ours - theirs).max() <= 1e-4 * theirs.std():
            print(f"FAILED: {name}: {theirs if ours is None else 'other values'}")
            failures += 1
        else:
            print(f"{name} output {which}: {np.abs(ours - theirs).max() / theirs.std():.1e} of the spread")


check("resnet", resnet, 17)
check("resnet_open_batch", resnet, 11, "batch")
check("mobilenet_v3", lambda net: mobilenet_v3(net, False), 14)
check("mobilenet_v3_old", lambda net: mobilenet_v3(net, True), 12)
check("efficientnet", efficientnet, 13)
check("shufflenet", shufflenet, 15)
check("shufflenet_open_batch", shufflenet, 13, "batch")
check("gelu", gelu_net, 17)
check_int8(np.int8, float_bias=False)
check_int8(np.uint8, float_bias=True)
sys.exit(failures > 0)
