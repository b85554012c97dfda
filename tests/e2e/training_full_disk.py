#!/usr/bin/python3
"""Training onto a full disk: it fails and says why, leaves the last checkpoint whole, and goes on from it
once there is room as if nothing had been. The disk is a tmpfs in a mount namespace of its own; where that
is not allowed, a limit on the size of files stands in for it, and the last line says so."""
import os
import resource
import signal
import subprocess

from _training import command, make_pictures, newest, stats, tensors, train

EPOCHS, DISK = 3, 16 << 20  # bytes
# Nothing that depends on how many epochs are asked for.
STEADY = ["OPTIM.LR_POLICY", "lin", "OPTIM.MIN_LR", "1.0", "OPTIM.EMA_UPDATE_PERIOD", "0"]


def small_disk():
    """Who holds it, and where it is; its path is empty where nothing can be mounted."""
    script = f"mkdir -p disk && mount -t tmpfs -o size={DISK} tmpfs disk && echo mounted && exec cat"
    holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    mounted = holder.stdout.readline() == "mounted\n"
    return holder, f"/proc/{holder.pid}/root{os.getcwd()}/disk" if mounted else ""


def fill(path, left):
    """Nothing but `left` bytes of the disk are free after it."""
    with open(path, "wb") as file:
        disk = os.statvfs(path)
        file.write(b"\0" * (disk.f_bavail * disk.f_frsize - left))


def limit_files(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


make_pictures(train=128)
whole = stats(train("whole", EPOCHS, keys=STEADY), "train_epoch")
holder, disk = small_disk()
out = os.path.join(disk, "out")
train(out, 1, keys=STEADY)
before, half = tensors(newest(out, 1)), os.path.getsize(newest(out, 1)) // 2

if disk:
    fill(f"{disk}/ballast", half)
failed = subprocess.run(command(out, EPOCHS, keys=STEADY), capture_output=True, text=True, restore_signals=False,
                        preexec_fn=None if disk else lambda: limit_files(half))
assert failed.returncode == 1, failed
why = "No space left on device" if disk else "File too large"
assert f"{out}/model.pyth" in failed.stderr or "model_epoch_0002.pyth" in failed.stderr, failed.stderr
assert why in failed.stderr, failed.stderr
assert len(stats(failed.stdout, "train_epoch")) == 1, failed.stdout
assert os.listdir(f"{out}/checkpoints") == [os.path.basename(newest(out, 1))]
assert tensors(newest(out, 1)) == before

if disk:
    os.remove(f"{disk}/ballast")
again = train(out, EPOCHS, keys=STEADY)
assert f"Loaded checkpoint from: {newest(out, 1)}" in again, again
assert [e["loss"] for e in stats(again, "train_epoch")] == [e["loss"] for e in whole[1:]]
assert tensors(newest(out, EPOCHS)) == tensors(newest("whole", EPOCHS))
# Nor is a line of the log lost without a word.
with open("/dev/full", "w") as full:
    unheard = subprocess.run(command("unheard", 1), stdout=full, stderr=subprocess.PIPE, text=True)
assert unheard.returncode == 1 and "standard output: cannot be written: No space left on device" in unheard.stderr, unheard
holder.stdin.close()
holder.wait()
print("full:", "a tmpfs" if disk else "a limit on the size of files, for nothing could be mounted here")
