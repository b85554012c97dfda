"""One engine with one model, ready to be timed again and again.

    peer.py ENGINE MODEL CORES        CORES: "0" or "0,1", as many threads

Prints a line when it is ready. For each number on stdin, so many inferences on a fixed input; answers with the
minimum and the median in microseconds. Engines are set up as their documentation says for latency.
"""
import os
import statistics
import sys
import time

engine, path = sys.argv[1], sys.argv[2]
cores = {int(core) for core in sys.argv[3].split(",")}
os.sched_setaffinity(0, cores)
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(len(cores))
import numpy as np


def noise(shape, kind):
    random = np.random.default_rng(2)
    if np.issubdtype(kind, np.integer):
        return random.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, shape, kind)
    return random.normal(size=shape).astype(kind)


def openvino():
    import openvino as ov

    compiled = ov.Core().compile_model(path, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": len(cores), "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32"})
    request, port = compiled.create_infer_request(), compiled.input(0)
    request.set_input_tensor(ov.Tensor(noise(list(port.shape), port.element_type.to_dtype())))
    return request.infer


def litert():
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(path, num_threads=len(cores))
    net.allocate_tensors()
    detail = net.get_input_details()[0]
    net.set_tensor(detail["index"], noise(detail["shape"], detail["dtype"]))
    return net.invoke


def onnxruntime():
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = len(cores)
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    kind = {"tensor(float)": np.float32, "tensor(int8)": np.int8, "tensor(uint8)": np.uint8}[port.type]
    feed = ort.OrtValue.ortvalue_from_numpy(noise([1 if isinstance(n, str) else n for n in port.shape], kind))
    binding = session.io_binding()
    binding.bind_ortvalue_input(port.name, feed)
    binding.bind_output(session.get_outputs()[0].name)
    return lambda: session.run_with_iobinding(binding)


infer = {"openvino": openvino, "litert": litert, "onnxruntime": onnxruntime}[engine]()
for _ in range(5):
    infer()
print("ready", flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        begin = time.perf_counter_ns()
        infer()
        times.append((time.perf_counter_ns() - begin) / 1000)
    print(min(times), statistics.median(times), flush=True)
