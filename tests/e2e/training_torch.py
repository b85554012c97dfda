#!/usr/bin/python3
"""Checkpoints both ways with Python: torch loads what `nnstretch train` writes, its optimiser takes
the state and makes the step we would have made; and we go on from a file that torch.save wrote.
With NNSTRETCH_FULL=1 only: torch is large."""
import copy
import json
import os
import shutil
import subprocess

from _outside import full_only, need, program, skip, source

full_only()
need("numpy", "torch")
if not os.path.exists(program + "-training"):
    skip("the training component is not built; scripts/setup --training installs libtorch")
import torch

import _pictures

for name in os.listdir("."):
    shutil.rmtree(name, ignore_errors=True)
_pictures.write("pictures", train=128)
KEYS = ["TRAIN.DATASET", "cifar10", "TEST.DATASET", "cifar10", "TRAIN.BATCH_SIZE", "128",
        "BN.USE_PRECISE_STATS", "False", "OPTIM.LR_POLICY", "lin", "OPTIM.MIN_LR", "1.0",
        "OPTIM.WARMUP_EPOCHS", "0", "PREC_TIME.NUM_ITER", "0"]
EPOCHS = 2  # of one step each, and then another one


def train(out, epochs, *more):
    command = [program, "train", "--cfg", os.path.join(source, "configs/tiny/TINY-RX-CD.yaml"), "--data",
               "pictures", "--num_threads", "1", "--layout", "nchw", *KEYS, "OPTIM.MAX_EPOCH", str(epochs),
               "OUT_DIR", out, *more]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return [json.loads(line.split("json_stats: ")[1])["loss"] for line in result.stdout.splitlines()
            if '"train_epoch"' in line]


def newest(out, epoch):
    return f"{out}/checkpoints/model_epoch_{epoch:04}.pyth"


def next_gradients(ours, names):
    """Of the step after a checkpoint: how far plain SGD goes, at a rate beside which weights round to nothing."""
    rate = 1024.0
    os.makedirs("plain/checkpoints", exist_ok=True)
    torch.save({**ours, "optimizer_state": {}}, newest("plain", EPOCHS))
    train("plain", EPOCHS + 1, "OPTIM.MOMENTUM", "0.0", "OPTIM.WEIGHT_DECAY", "0.0", "OPTIM.BASE_LR", str(rate))
    after = torch.load(newest("plain", EPOCHS + 1))["model_state"]
    shutil.rmtree("plain")
    return {n: (ours["model_state"][n] - after[n]) / rate for n in names}


for optimizer in ("sgd", "adam", "adamw"):
    out, keys = optimizer, ["OPTIM.OPTIMIZER", optimizer, "OPTIM.BASE_LR", "0.01"]
    train(out, EPOCHS, *keys)
    path = newest(out, EPOCHS)
    ours = torch.load(path, map_location="cpu")
    assert list(ours) == ["epoch", "test_err", "ema_err", "model_state", "ema_state", "optimizer_state", "cfg"]
    assert ours["epoch"] == EPOCHS - 1 and f"OPTIMIZER: {optimizer}" in ours["cfg"]

    # torch's optimiser takes the state, with the groups of the names, and steps.
    parameters = {n: torch.nn.Parameter(v.clone()) for n, v in ours["model_state"].items()
                  if not n.endswith(("running_mean", "running_var", "num_batches_tracked"))}
    rest = list(parameters)
    groups = []
    for mark in ("bn", "ln", "bias", ""):
        groups.append([n for n in rest if mark in n])
        rest = [n for n in rest if mark not in n]
    groups = [g for g in groups if g]
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer]
    theirs = make([{"params": [parameters[n] for n in g]} for g in groups], lr=1)
    theirs.load_state_dict(ours["optimizer_state"])
    assert theirs.param_groups[0]["lr"] == 0.01
    for name, gradient in next_gradients(ours, parameters).items():
        parameters[name].grad = gradient
    theirs.step()
    for group in groups:
        for name in group:
            assert set(theirs.state[parameters[name]]) == set(ours["optimizer_state"]["state"][0]), name

    # Saved again by torch, old format and new, it is gone on from as from ours.
    losses = {}
    for kind in ("ours", "zip", "legacy"):
        folder = f"{out}-{kind}/checkpoints"
        shutil.rmtree(f"{out}-{kind}", ignore_errors=True)
        os.makedirs(folder)
        if kind == "ours":
            shutil.copy(path, folder)
        else:
            torch.save(copy.deepcopy(ours), newest(f"{out}-{kind}", EPOCHS),
                       _use_new_zipfile_serialization=kind == "zip")
        losses[kind] = train(f"{out}-{kind}", EPOCHS + 1, *keys)
        assert len(losses[kind]) == 1
    assert losses["ours"] == losses["zip"] == losses["legacy"], losses

    # Our step from there is torch's.
    stepped = torch.load(newest(f"{out}-ours", EPOCHS + 1))["model_state"]
    for name, values in parameters.items():
        moved = (stepped[name] - ours["model_state"][name]).abs().max()
        wrong = (stepped[name] - values.detach()).abs().max()
        assert moved > 0 and wrong <= 1e-4 * moved + 1e-7, (optimizer, name, moved, wrong)
print("torch", torch.__version__, "and we go on from each other's checkpoints")
