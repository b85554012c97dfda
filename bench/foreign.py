#!/usr/bin/python3
"""Networks of others, as their frameworks export them: four in float and the same four in int8.

    bench/foreign.py FOLDER

Networks of torchvision with random weights, exported by torch (`scripts/setup --full` installs both), and quantised by ONNX
Runtime's quantize_static (QDQ, per channel, 4 images of noise) in the environment that bench/peers/run makes: for speed only.
"""
import pathlib
import subprocess
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent
NETWORKS = ("resnet18", "mobilenet_v2", "regnet_x_400mf", "efficientnet_b0")


def export(folder):
    import torch
    import torchvision

    torch.manual_seed(1)
    for name in NETWORKS:
        net = getattr(torchvision.models, name)(weights=None).train()
        with torch.no_grad():
            net(torch.randn(2, 3, 224, 224))  # statistics of the batch norms
        torch.onnx.export(net.eval(), torch.randn(1, 3, 224, 224), str(folder / f"{name}.onnx"), opset_version=13,
                          input_names=["image"])


def quantise(folder):
    import numpy as np
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Noise(CalibrationDataReader):
        def __init__(self):
            random = np.random.default_rng(1)
            self.left = [{"image": random.normal(size=(1, 3, 224, 224)).astype(np.float32)} for _ in range(4)]

        def get_next(self):
            return self.left.pop() if self.left else None

    for name in NETWORKS:
        quantize_static(str(folder / f"{name}.onnx"), str(folder / f"{name}-int8.onnx"), Noise(), quant_format=QuantFormat.QDQ,
                        per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


warnings.filterwarnings("ignore")
target = pathlib.Path(sys.argv[1])
if sys.argv[2:] == ["quantise"]:
    quantise(target)
else:
    export(target)
    subprocess.run([ROOT / "build/peers/venv/bin/python", __file__, target, "quantise"], check=True)
    print(*sorted(target.glob("*.onnx")), sep="\n")
