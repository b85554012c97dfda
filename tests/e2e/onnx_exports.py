#!/usr/bin/python3
"""Networks of torchvision and timm as torch exports them, read by us, against torch in float64: logits
within 1e-4 of their spread (engines: 1e-3), or as near as ONNX Runtime is where a network makes errors
grow. Weights and running statistics are random, on inputs that keep every layer alive. With
NNSTRETCH_FULL=1 only: torch is large."""
import os
import subprocess
import sys
import warnings

from _outside import full_only, program, seed

full_only()
warnings.filterwarnings("ignore")
import numpy as np
import onnxruntime
import timm
import torch
import torchvision

torch.manual_seed(seed())
print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}")

NETWORKS = {
    **{name: (lambda name=name: getattr(torchvision.models, name)(weights=None))
       for name in ("resnet18", "resnet50", "resnext50_32x4d", "regnet_x_400mf", "mobilenet_v2",
                    "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "shufflenet_v2_x1_0")},
    **{"timm_" + name: (lambda name=name: timm.create_model(name, exportable=True))
       for name in ("resnet18", "resnet50", "resnext50_32x4d", "regnetx_016", "mobilenetv2_100",
                    "mobilenetv3_large_100", "efficientnet_b0", "efficientnet_lite0")},
}


def lively(net, image):
    """Statistics of the batch norms as they are on this image, a little off: no layer dies or explodes."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
        if isinstance(module, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
            module.p = 0.0  # what chance leaves out would be missing in the statistics
    net.train()
    with torch.no_grad():
        net(image)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean += 0.1 * torch.randn_like(module.running_mean)
    return net.eval()


def check(name, make, opset):
    image = torch.randn(2, 3, 224, 224)
    net = lively(make(), image)
    path = f"{name}.onnx"
    torch.onnx.export(net, image[:1], path, opset_version=opset, input_names=["image"])
    theirs = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"image": image[:1].numpy()})[0]
    with torch.no_grad():
        truth = net.double()(image[:1].double()).numpy()
    distance = lambda logits: np.abs(logits - truth).max() / truth.std()
    print(f"  ONNX Runtime: {distance(theirs):.1e} of the spread")
    np.save("x.npy", image[:1].permute(0, 2, 3, 1).contiguous().numpy())
    worst = 0
    for engine in ("reference", "openvino", "litert"):
        subprocess.run([program, "infer", "--model", path, "--input", "x.npy", "--output", "y.npy", "--engine", engine],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        far = distance(np.load("y.npy"))
        limit = max(1e-4 if engine == "reference" else 1e-3, distance(theirs))
        worst = max(worst, far / limit)
        print(f"  {engine}: {far:.1e} of the spread", "" if far <= limit else "FAILED")
    os.remove(path)
    return worst <= 1


wanted = sys.argv[1:] or NETWORKS
failed = []
for count, name in enumerate(wanted):
    opset = (11, 13, 15, 16, 17)[count % 5]
    print(name, "operator set", opset, flush=True)
    try:
        if not check(name, NETWORKS[name], opset):
            failed.append(name)
    except subprocess.CalledProcessError as error:
        print(subprocess.run(error.cmd, capture_output=True, text=True).stderr)
        failed.append(name)
print(f"{len(wanted) - len(failed)} of {len(wanted)} networks agree")
sys.exit(f"FAILED: {failed}" if failed else 0)
