#!/usr/bin/python3
"""nnstretch train under the real torchrun: two ranks give the bits of two virtual ones whether torchrun keeps
their store itself (its default) or leaves that to rank 0 (--standalone); what is started again after a rank
was lost meets again and goes on. With NNSTRETCH_FULL=1 only: torch is large."""
import os
import subprocess
import sys

from _outside import full_only, need

full_only()
need("torch")
from _training import command, make_pictures, newest, stats, tensors, train

make_pictures()
CORES = len(os.sched_getaffinity(0))
EPOCHS = 2


def torchrun(*flags):
    # torch 1.13 on Python 3.11 fails without -r and -t.
    return [sys.executable, "-m", "torch.distributed.run", "--no_python", "--nproc_per_node", "2", "-r", "1", "-t", "1",
            "--log_dir", "logs", *flags]


def without_threads(words):
    at = words.index("--num_threads")
    return words[:at] + words[at + 2:]


train("virtual", EPOCHS, "--virtual_ranks", "2")
wanted = tensors(newest("virtual", EPOCHS))
for way in ([], ["--standalone"]):
    out = "-".join(["ranks", *way])
    done = subprocess.run([*torchrun(*way), *command(out, EPOCHS, "--rank_timeout", "60")], capture_output=True,
                          text=True)
    assert done.returncode == 0, (way, done.stderr)
    assert len(stats(done.stdout, "train_epoch")) == EPOCHS, (way, done.stdout)
    assert tensors(newest(out, EPOCHS)) == wanted, way

# Ranks of one computer share out its cores.
done = subprocess.run([*torchrun(), *without_threads(command("shared", 1))], capture_output=True, text=True)
assert done.returncode == 0, done.stderr
assert f"threads: {max(1, CORES // 2)}\n" in done.stdout, done.stdout

# A rank that ends takes the others with it; torchrun starts all again, at the same store.
once = f'test -e lost || {{ test "$RANK" = 0 || {{ sleep 1; touch lost; exit 3; }}; }}; exec "$@"'
done = subprocess.run([*torchrun("--max_restarts", "1", "--monitor_interval", "1"), "sh", "-c", once, "sh",
                       *command("again", EPOCHS, "--rank_timeout", "60")], capture_output=True, text=True)
assert done.returncode == 0 and os.path.exists("lost"), done.stderr
assert tensors(newest("again", EPOCHS)) == wanted
print("torchrun: agent's store, rank 0's store, and a second attempt")
