"""Fills int8_golden.json: runs models on LiteRT's reference kernels.

    NNSTRETCH_WRITE=/tmp/models engines_tests --gtest_also_run_disabled_tests \
        --gtest_filter='*Int8Golden.DISABLED_WritesTheModels'
    pip install ai-edge-litert==2.3.0 numpy
    python3 tests/engines/int8_golden.py /tmp/models > tests/engines/int8_golden.json

The interpreter's BUILTIN_REF kernels are meant, not the C library's kernel mode "reference": in
version 2.3.0 that one computes the same as "builtin".
"""
import json
import pathlib
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def outputs(model, inputs):
    interpreter = Interpreter(
        str(model), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    runner = interpreter.get_signature_runner()
    details = runner.get_input_details()
    arguments = {
        name: np.array(inputs[int(name.removeprefix("input_"))],
                       detail["dtype"]).reshape(detail["shape"])
        for name, detail in details.items()
    }
    return runner(**arguments)["output_0"].ravel().tolist()


def main(folder):
    samples = []
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        sample = json.loads(path.read_text())
        sample["output"] = outputs(path.with_suffix(".tflite"), sample["inputs"])
        samples.append(json.dumps(sample, separators=(",", ":")))
    print("[" + ",\n".join(samples) + "]")


main(sys.argv[1])
