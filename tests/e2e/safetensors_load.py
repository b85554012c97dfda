#!/usr/bin/python3
"""What `nnstretch convert` writes, read by the safetensors library, and what that writes by us."""
import os
import subprocess
import sys

from _outside import need, program

need("safetensors")
import numpy as np
from safetensors.numpy import load_file, save_file

random = np.random.default_rng(3)
state = {"stem.conv.weight": random.normal(size=(8, 3, 3, 3)).astype(np.float32),
         "head.fc.bias": random.normal(size=7).astype(np.float32),
         "double": random.normal(size=(2, 2)),
         "half": random.normal(size=5).astype(np.float16),
         "stem.bn.num_batches_tracked": np.array(1 << 40),
         "flags": np.array([True, False]),
         "empty": np.zeros((0, 4), np.float32)}
save_file(state, "theirs.safetensors")
for before, after in (("theirs.safetensors", "ours.pyth"), ("ours.pyth", "ours.safetensors")):
    subprocess.run([program, "convert", before, after], check=True, stdout=subprocess.DEVNULL)
read = load_file("ours.safetensors")
assert sorted(read) == sorted(state), sorted(read)
for name, value in state.items():
    assert read[name].dtype == value.dtype and read[name].shape == value.shape, name
    assert (read[name] == value).all(), name
print(f"{len(read)} tensors come back")
