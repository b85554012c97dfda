"""Networks that give the mean colour of a picture as three classes, written by other people's tools: what goes
in and what comes out can be checked by hand. Ends are "float32", "int8" or "uint8"; .onnx is NCHW, .tflite NHWC."""
import struct
import zlib

from _outside import need

need("numpy", "onnx", "ai_edge_litert", "flatbuffers")
import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import helper, numpy_helper

ONNX = {"float32": onnx.TensorProto.FLOAT, "int8": onnx.TensorProto.INT8, "uint8": onnx.TensorProto.UINT8}
TFLITE = {"float32": schema.TensorType.FLOAT32, "int8": schema.TensorType.INT8, "uint8": schema.TensorType.UINT8,
          "int32": schema.TensorType.INT32}


def zero_of(kind, zero):
    """`zero` stands for 0 in uint8; int8 counts 128 less."""
    return zero if kind == "uint8" else zero - 128


def stored(real, kind, scale, zero):
    """What stands for a real number, by the formula of both formats."""
    if kind == "float32":
        return np.asarray(real, np.float32)
    limits = np.iinfo(kind)
    return np.clip(np.round(np.asarray(real) / scale) + zero_of(kind, zero), limits.min, limits.max).astype(kind)


def write_onnx(path, size, ends, scale=1 / 255, zero=0, before=(), constants=(), two_outputs=False):
    """`before`: operators on the input as (operator, name of a constant)."""
    kind_in, kind_out = ends
    values = dict(constants)
    if ends != ("float32", "float32"):
        values["scale"] = np.float32(scale)
    nodes, x = [], "x"
    if kind_in != "float32":
        values["zero_in"] = np.dtype(kind_in).type(zero_of(kind_in, zero))
        nodes.append(helper.make_node("DequantizeLinear", ["x", "scale", "zero_in"], ["real"]))
        x = "real"
    for i, (operator, constant) in enumerate(before):
        nodes.append(helper.make_node(operator, [x, constant], [f"before{i}"]))
        x = f"before{i}"
    y = "y" if kind_out == "float32" else "flat"
    nodes += [helper.make_node("GlobalAveragePool", [x], ["mean"]), helper.make_node("Flatten", ["mean"], [y])]
    if kind_out != "float32":
        values["zero_out"] = np.dtype(kind_out).type(zero_of(kind_out, zero))
        nodes.append(helper.make_node("QuantizeLinear", ["flat", "scale", "zero_out"], ["y"]))
    outputs = [helper.make_tensor_value_info("y", ONNX[kind_out], [1, 3])]
    if two_outputs:
        nodes.append(helper.make_node("Relu", [x], ["picture"]))
        outputs.append(helper.make_tensor_value_info("picture", ONNX["float32"], [1, 3, size, size]))
    graph = helper.make_graph(
        nodes, "mean_colour", [helper.make_tensor_value_info("x", ONNX[kind_in], [1, 3, size, size])], outputs,
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


class TfliteWriter:
    def __init__(self):
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.buffers = 3, [schema.BufferT()]
        self.model.operatorCodes, self.model.subgraphs, self.model.metadata = [], [self.graph], []
        self.graph.tensors, self.graph.operators = [], []

    def buffer(self, data):
        made = schema.BufferT()
        made.data = np.frombuffer(bytes(data), np.uint8)
        self.model.buffers.append(made)
        return len(self.model.buffers) - 1

    def tensor(self, name, kind, shape, scale=None, zero=0, data=None):
        tensor = schema.TensorT()
        tensor.name, tensor.type, tensor.shape, tensor.buffer = name, TFLITE[kind], shape, 0
        if data is not None:
            tensor.buffer = self.buffer(data.tobytes())
        if scale is not None and kind in ("int8", "uint8"):
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero_of(kind, zero)]
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code, inputs, output, kind=0, options=None):
        known = schema.OperatorCodeT()
        known.builtinCode, known.deprecatedBuiltinCode, known.version = code, min(code, 127), 2
        self.model.operatorCodes.append(known)
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = len(self.model.operatorCodes) - 1, inputs, [output]
        made.builtinOptionsType, made.builtinOptions = kind, options
        self.graph.operators.append(made)

    def metadata(self, name, data):
        entry = schema.MetadataT()
        entry.name, entry.buffer = name, self.buffer(data)
        self.model.metadata.append(entry)

    def save(self, path, inputs, outputs):
        self.graph.inputs, self.graph.outputs = inputs, outputs
        builder = flatbuffers.Builder(1 << 12)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        with open(path, "wb") as file:
            file.write(bytes(builder.Output()))


def write_tflite(path, size, ends, scale=1 / 255, zero=0, metadata=None):
    """The mean is int8, as converters write it, with a QUANTIZE or DEQUANTIZE at ends of other types."""
    kind_in, kind_out = ends
    net = TfliteWriter()
    x = first = net.tensor("x", kind_in, [1, size, size, 3], scale, zero)
    quantise = lambda options: (schema.BuiltinOptions.QuantizeOptions, schema.QuantizeOptionsT()) if options else (0, None)
    inner = "float32" if ends == ("float32", "float32") else "int8"
    if inner != kind_in:
        x = net.tensor("stored", inner, [1, size, size, 3], scale, zero)
        net.operator(schema.BuiltinOperator.QUANTIZE, [first], x, *quantise(True))
    axes = net.tensor("axes", "int32", [2], data=np.array([1, 2], np.int32))
    y = net.tensor("y", inner, [1, 3], scale, zero)
    net.operator(schema.BuiltinOperator.MEAN, [x, axes], y, schema.BuiltinOptions.ReducerOptions, schema.ReducerOptionsT())
    if inner != kind_out:
        mean, y = y, net.tensor("out", kind_out, [1, 3], scale, zero)
        code = schema.BuiltinOperator.DEQUANTIZE if kind_out == "float32" else schema.BuiltinOperator.QUANTIZE
        net.operator(code, [mean], y, *(quantise(kind_out != "float32")))
    if metadata is not None:
        net.metadata("TFLITE_METADATA", metadata)
    net.save(path, [first], [y])


def write_png(path, pixels):
    """`pixels`: height x width x 3 of uint8."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))
    chunk = lambda kind, data: (struct.pack(">I", len(data)) + kind + data +
                                struct.pack(">I", zlib.crc32(kind + data)))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def plain(colour, size):
    return np.broadcast_to(np.array(colour, np.uint8), (size, size, 3))
