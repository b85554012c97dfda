#!/usr/bin/python3
"""Weights of torchvision and timm in our networks: logits are torch's within 1e-4 of their spread, and what
does not fit is refused by name and shape. Weights and running statistics are random. With NNSTRETCH_FULL=1
only: torch is large."""
import os
import subprocess
import warnings

from _outside import full_only, program, seed

full_only()
warnings.filterwarnings("ignore")
import numpy as np
import timm
import torch
import torchvision

torch.manual_seed(seed())
HEAD = "MODEL: {TYPE: %s, NUM_CLASSES: 1000, ACTIVATION_FUN: %s}\n"


def anynet(block, depths, widths, strides=(1, 2, 2, 2), stem="STEM_TYPE: res_stem_in, STEM_W: 64", **lists):
    more = "".join(f", {key}: {value}" for key, value in lists.items())
    return HEAD % ("anynet", "relu") + (f"ANYNET: {{{stem}, BLOCK_TYPE: {block}, DEPTHS: {depths}, WIDTHS: {widths}, "
                                        f"STRIDES: {list(strides)}{more}}}\n")


def resnet(bottleneck, group_w):
    return anynet("res_bottleneck_block", [3, 4, 6, 3], [256, 512, 1024, 2048], BOT_MULS=[bottleneck] * 4, GROUP_WS=group_w)


def regnet(depths, widths, group_w, se):
    return anynet("res_bottleneck_block", depths, widths, (2, 2, 2, 2), "STEM_TYPE: simple_stem_in, STEM_W: 32, STEM_K: 3",
                  BOT_MULS=[1, 1, 1, 1], GROUP_WS=[group_w] * 4, SE_ON=se)


def effnet(activation, depths, widths, kernels, se_r):
    strides = [1, 2, 2, 2, 1, 2, 1]
    return HEAD % ("effnet", activation) + (
        f"EN: {{STEM_W: 32, DEPTHS: {depths}, WIDTHS: {widths}, STRIDES: {strides}, EXP_RATIOS: [1, 6, 6, 6, 6, 6, 6], "
        f"KERNELS: {kernels}, HEAD_W: 1280, SE_R: {se_r}}}\n")


R18 = anynet("res_basic_block", [2, 2, 2, 2], [64, 128, 256, 512])
R50, X50 = resnet(0.25, [64, 128, 256, 512]), resnet(0.5, [4, 8, 16, 32])
RX400 = regnet([1, 2, 7, 12], [32, 64, 160, 400], 16, False)
RY400 = regnet([1, 3, 6, 6], [48, 104, 208, 440], 8, True)
B0 = effnet("silu", [1, 2, 2, 3, 3, 4, 1], [16, 24, 40, 80, 112, 192, 320], [3, 3, 5, 3, 5, 5, 3], 0.25)
M2 = effnet("relu6", [1, 2, 3, 4, 3, 3, 1], [16, 24, 32, 64, 96, 160, 320], [3] * 7, 0.0)
VISION = {"resnet18": R18, "resnet50": R50, "resnext50_32x4d": X50,
          "wide_resnet50_2": resnet(0.5, [128, 256, 512, 1024]), "regnet_x_400mf": RX400, "regnet_y_400mf": RY400,
          "efficientnet_b0": B0, "mobilenet_v2": M2}
TIMM = {"resnet18": R18, "regnetx_004": regnet([1, 2, 7, 12], [32, 64, 160, 384], 16, False), "regnety_004": RY400, "efficientnet_b0": B0, "mobilenetv2_100": M2}
RECOGNISED = {"resnet": "ResNet", "resnext": "ResNet", "wide_resnet": "ResNet", "regnet": "RegNet",
              "efficientnet": "EfficientNet", "mobilenet": "MobileNetV2"}


def lively(net, image):
    """Statistics of the batch norms as they are on this image, a little off: no layer dies or explodes."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
        if isinstance(module, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
            module.p = 0.0
    net.train()
    with torch.no_grad():
        net(image)
    return net.eval()


def run(*words, code=0):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    assert done.returncode == code, (words, done.stderr)
    return done.stderr


def check(name, net, config):
    image = torch.randn(2, 3, 224, 224)
    net = lively(net, image)
    with open(f"{name}.yaml", "w") as file:
        file.write(config + "TRAIN: {IM_SIZE: 224}\n")
    torch.save(net.state_dict(), f"{name}.pth")
    np.save("image.npy", image[:1].numpy())
    said = run("infer", "--cfg", f"{name}.yaml", "--weights", f"{name}.pth", "--input", "image.npy", "--output", "got.npy",
               "--engine", "reference")
    family = next(word for start, word in RECOGNISED.items() if start in name)
    assert family in said and "recognised" in said, said
    with torch.no_grad():
        wanted = net.double()(image[:1].double()).numpy()
    distance = np.abs(np.load("got.npy") - wanted).max() / wanted.std()
    print(f"{name:<24} {distance:.1e}", flush=True)
    assert distance < 1e-4, name


for name, config in VISION.items():
    check(name, getattr(torchvision.models, name)(weights=None), config)
for name, config in TIMM.items():
    try:
        net = timm.create_model(name)
    except RuntimeError:  # a name that this version lacks
        continue
    check("timm_" + name, net, config)

# Under our names; of DataParallel and inside a trainer's dictionary; of another network.
run("convert", "resnet18.pth", "ours.pyth", "--into", "resnet18.yaml")
assert "s2.b1.proj.weight" in torch.load("ours.pyth")["model_state"]
state = torch.load("resnet18.pth")
torch.save({"epoch": 3, "state_dict": {"module." + key: value for key, value in state.items()}}, "parallel.pth")
run("infer", "--cfg", "resnet18.yaml", "--weights", "parallel.pth", "--input", "image.npy", "--output", "a.npy")
run("infer", "--cfg", "resnet18.yaml", "--weights", "ours.pyth", "--input", "image.npy", "--output", "b.npy")
assert np.array_equal(np.load("a.npy"), np.load("b.npy"))
said = run("infer", "--cfg", "resnet50.yaml", "--weights", "resnet18.pth", "--input", "image.npy", code=1)
assert "resnet18.pth" in said and "s1.b1.f.a.weight 64x64x3x3 for 64x64x1x1" in said, said
said = run("convert", "resnet50.pth", "no.pyth", "--into", "resnet18.yaml", code=1)
assert "resnet50.pth" in said and not os.path.exists("no.pyth"), said
