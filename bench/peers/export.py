"""What the users of each engine would make of a float network: its own int8 export.

    export.py FLOAT.tflite FLOAT.onnx FOLDER IM_SIZE

Writes litert.tflite (ai-edge-quantizer), onnxruntime.onnx (quantize_static, QDQ, per channel, the
activations uint8) and openvino.xml (NNCF) into FOLDER. Calibrated on noise: for speed only.
"""
import os
import sys

import numpy as np

tflite, onnx_file, folder, side = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
random = np.random.default_rng(1)
images = random.normal(size=(8, 1, side, side, 3)).astype(np.float32)


def litert():
    from ai_edge_quantizer import quantizer, recipe

    made = quantizer.Quantizer(tflite)
    made.load_quantization_recipe(recipe.static_wi8_ai8())
    seen = made.calibrate({"serving_default": [{"input_0": image} for image in images]})
    made.quantize(seen).export_model(f"{folder}/litert.tflite", overwrite=True)


def onnxruntime():
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = [{"input": image.transpose(0, 3, 1, 2).copy()} for image in images]

        def get_next(self):
            return self.left.pop() if self.left else None

    ready = f"{folder}/ready.onnx"
    quant_pre_process(onnx_file, ready)
    quantize_static(ready, f"{folder}/onnxruntime.onnx", Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    os.remove(ready)


def openvino():
    import nncf
    import openvino as ov

    model = ov.Core().read_model(onnx_file)
    data = nncf.Dataset([image.transpose(0, 3, 1, 2).copy() for image in images])
    ov.save_model(nncf.quantize(model, data, subset_size=len(images)), f"{folder}/openvino.xml", compress_to_fp16=False)


for export in (litert, onnxruntime, openvino):
    export()
