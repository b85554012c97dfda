"""What the tests of training share: a tiny network that learns made pictures in seconds, in an empty
folder. Importing this skips the test where the training component is not built."""
import json
import os
import shutil
import subprocess
import zipfile

from _outside import need, program, skip, source

need("numpy")
if not os.path.exists(program + "-training"):
    skip("the training component is not built; scripts/setup --training installs libtorch")
import _pictures

for name in os.listdir("."):
    shutil.rmtree(name, ignore_errors=True)
CONFIG = os.path.join(source, "configs/tiny/TINY-RX-CD.yaml")
KEYS = ["TRAIN.DATASET", "cifar10", "TEST.DATASET", "cifar10", "TRAIN.BATCH_SIZE", "32",
        "BN.NUM_SAMPLES_PRECISE", "64", "OPTIM.BASE_LR", "0.2", "OPTIM.WARMUP_EPOCHS", "0",
        "PREC_TIME.NUM_ITER", "0"]


def make_pictures(**sizes):
    _pictures.write("pictures", **sizes)


def make_calibration():
    _pictures.write_calibration("calibration", "pictures")


def command(out, epochs, *flags, keys=()):
    return [program, "train", "--cfg", CONFIG, "--data", "pictures", "--num_threads", "1", *flags,
            *KEYS, "OPTIM.MAX_EPOCH", str(epochs), "OUT_DIR", out, *keys]


def train(out, epochs, *flags, keys=()):
    """The log of a training that must succeed."""
    result = subprocess.run(command(out, epochs, *flags, keys=keys), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def stats(log, kind):
    lines = [json.loads(line.split("json_stats: ")[1]) for line in log.splitlines() if "json_stats" in line]
    return [line for line in lines if line["_type"] == kind]


def newest(out, epoch):
    return f"{out}/checkpoints/model_epoch_{epoch:04}.pyth"


def tensors(path):
    """The bytes of a checkpoint without what it says of its configuration."""
    with zipfile.ZipFile(path) as file:
        return {n: file.read(n) for n in file.namelist() if "/data/" in n}
