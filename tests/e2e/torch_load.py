#!/usr/bin/python3
"""Checkpoints that `nnstretch convert` writes, read by torch.load; and back. The program's own
made-up weights serve, so that nothing else is needed. With NNSTRETCH_FULL=1 only: torch is large."""
import os
import subprocess
import sys

from _outside import full_only, program

full_only()
import torch

torch.manual_seed(20)
state = {"stem.conv.weight": torch.randn(8, 3, 3, 3), "stem.bn.running_var": torch.rand(8),
         "stem.bn.num_batches_tracked": torch.tensor(1 << 40), "half": torch.randn(5).half()}
torch.save({"epoch": 4, "test_err": 31.25, "ema_err": 30.0, "model_state": state,
            "ema_state": {k: v + 1 for k, v in state.items()}, "optimizer_state": {}, "cfg": "A: 1\n"},
           "theirs.pyth")
convert = lambda *a: subprocess.run([program, "convert", *a], check=True, stdout=subprocess.DEVNULL)


def expect_equal(got, wanted, what):
    assert sorted(got) == sorted(wanted), f"{what}: {sorted(got)}"
    for name, value in wanted.items():
        assert got[name].dtype == value.dtype and torch.equal(got[name], value), f"{what}: {name}"


convert("theirs.pyth", "model.pyth", "--which", "model")
convert("theirs.pyth", "ours.safetensors", "--which", "model")
convert("ours.safetensors", "back.pyth")
for name in ("model.pyth", "back.pyth"):
    read = torch.load(name, map_location="cpu")
    expect_equal(read["model_state"], state, name)
    expect_equal(read["ema_state"], state, name)
read = torch.load("model.pyth")
assert (read["epoch"], read["test_err"], read["ema_err"], read["cfg"]) == (4, 31.25, 30.0, "A: 1\n")
convert("theirs.pyth", "ema.pyth")  # the average is better
expect_equal(torch.load("ema.pyth")["model_state"], {k: v + 1 for k, v in state.items()}, "ema.pyth")
print("torch", torch.__version__, "reads what convert writes")
