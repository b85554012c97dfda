#!/usr/bin/python3
"""Checkpoints both ways with pycls 0.1.1: its load_checkpoint() takes what we wrote of its plain networks; we go
on from what its save_checkpoint() writes, with keys that are not ours in its configuration. The optimiser has
the groups of later versions of pycls, which 0.1.1 lacks. With NNSTRETCH_FULL=1 only: torch is large."""
import os
import shutil
import subprocess

from _outside import full_only, need, program, skip

full_only()
need("numpy", "torch", "pycls", "yacs")
if not os.path.exists(program + "-training"):
    skip("the training component is not built; scripts/setup --training installs libtorch")
import torch
from pycls.core import builders, checkpoint
from pycls.core.config import cfg

import _pictures

for name in os.listdir("."):
    shutil.rmtree(name, ignore_errors=True)
_pictures.write("pictures", train=256)
NETWORKS = {
    "anynet": "ANYNET: {STEM_TYPE: res_stem_cifar, STEM_W: 16, BLOCK_TYPE: res_bottleneck_block, DEPTHS: [1, 2], "
              "WIDTHS: [32, 64], STRIDES: [1, 2], BOT_MULS: [0.5, 0.5], GROUP_WS: [8, 8]}",
    "resnet": "RESNET: {TRANS_FUN: basic_transform}",
    "regnet": "REGNET: {DEPTH: 5, W0: 24, WA: 24.48, WM: 2.54, GROUP_W: 8, SE_ON: True, STEM_TYPE: res_stem_cifar}",
    "effnet": "EN: {STEM_W: 16, DEPTHS: [1, 2], WIDTHS: [16, 24], STRIDES: [1, 2], EXP_RATIOS: [1, 6], KERNELS: [3, 5], "
              "HEAD_W: 64}",
}
COMMON = """
MODEL: {TYPE: %s, DEPTH: 8, NUM_CLASSES: 10}
BN: {USE_PRECISE_STATS: False}
OPTIM: {BASE_LR: 0.05, MAX_EPOCH: 2}
TRAIN: {DATASET: cifar10, SPLIT: train, BATCH_SIZE: 64, IM_SIZE: 32}
TEST: {DATASET: cifar10, SPLIT: test, BATCH_SIZE: 64, IM_SIZE: 32}
"""


def train(out, *keys):
    done = subprocess.run([program, "train", "--cfg", f"{kind}.yaml", "--data", "pictures", "--num_threads", "1",
                           "PREC_TIME.NUM_ITER", "0", "OUT_DIR", out, *keys], capture_output=True, text=True)
    assert done.returncode == 0, (kind, done.stderr)
    return done


def optimizer_of(model):
    rest, groups = dict(model.named_parameters()), []
    for mark in ("bn", "ln", "bias", ""):
        groups.append([rest.pop(name) for name in [name for name in rest if mark in name]])
    return torch.optim.SGD([{"params": group} for group in groups if group], lr=0.05, momentum=0.9, nesterov=True)


pristine = cfg.clone()
for kind, lists in NETWORKS.items():
    with open(f"{kind}.yaml", "w") as file:
        file.write(COMMON % kind + lists + "\n")
    train(kind)
    cfg.defrost()
    cfg.merge_from_other_cfg(pristine)
    cfg.merge_from_file(f"{kind}.yaml")
    # Both names and their order: optimiser states count parameters.
    model = builders.build_model()
    theirs = optimizer_of(model)
    newest = f"{kind}/checkpoints/model_epoch_0002.pyth"
    ours = torch.load(newest)
    assert list(ours["model_state"]) == list(model.state_dict()), kind
    assert checkpoint.load_checkpoint(newest, model, theirs) == 1
    for name, value in model.state_dict().items():
        assert torch.equal(value, ours["model_state"][name]), name
    model.train()
    torch.nn.functional.cross_entropy(model(torch.randn(8, 3, 32, 32)), torch.arange(8)).backward()
    theirs.step()
    # Theirs, with what its logger and other versions leave in the configuration.
    back = f"{kind}-back"
    cfg.OUT_DIR = back
    path = checkpoint.save_checkpoint(model, theirs, 1)
    saved = torch.load(path)
    saved["cfg"] += "_type: cfg\nMAE: {MASK_RATIO: 0.75}\n"
    torch.save(saved, path)
    done = train(back, "OPTIM.MAX_EPOCH", "3")
    assert f"Loaded checkpoint from: {path}" in done.stdout, done.stdout
    assert done.stderr.count("keys that are not known here are kept") == 1 and "_type" in done.stderr, done.stderr
    path = f"{back}/checkpoints/model_epoch_0003.pyth"  # theirs is gone
    assert "_type: cfg" in torch.load(path)["cfg"]
    for words in (["test", "--data", "pictures", "--weights", path], ["build", "--weights", path, "--out", "net.tflite"],
                  ["convert", path, "net.safetensors", "--into", f"{kind}.yaml"]):
        cfg_flag = [] if words[0] == "convert" else ["--cfg", f"{kind}.yaml"]
        done = subprocess.run([program, words[0], *cfg_flag, *words[1:]], capture_output=True, text=True)
        assert done.returncode == 0, (words, done.stderr)
    print(kind, "both ways")
