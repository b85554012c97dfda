#!/usr/bin/python3
"""Wrong and doubtful beginnings: each is refused in one line that says what, where and what to do; nothing is
trained and nothing written."""
import os
import shutil
import subprocess

from _outside import photos, program
from _training import train as train_tiny
from _training import CONFIG, KEYS, make_pictures, newest, tensors

PHOTOS = sorted(name for name in os.listdir(photos) if name.endswith(".jpg"))


def lay_out(folder, train="abcdefghij", **splits):
    for split, classes in {"train": train, **splits}.items():
        for i, name in enumerate([*classes] * 4):
            os.makedirs(f"{folder}/{split}/{name}", exist_ok=True)
            os.symlink(os.path.join(photos, PHOTOS[i % len(PHOTOS)]), f"{folder}/{split}/{name}/{i}.jpg")


lay_out("good", val="abcdefghij")
lay_out("no_val")
lay_out("other_class", val="abcdefghik")
lay_out("one_less", val="abcdefghi")
lay_out("nested", val="abcdefghij")
os.makedirs("nested/train/b/c")
shutil.copy(os.path.join(photos, PHOTOS[0]), "nested/train/b/c/x.jpg")
lay_out("empty_class", val="abcdefghij")
os.makedirs("empty_class/val/k")
os.makedirs("empty_class/train/k")
lay_out("many", train="abcdefghijkl", val="abcdefghijkl")
make_pictures()
train_tiny("ten", 1)
train_tiny("red", 1, keys=["DATA_LOADER.COLOUR", "bgr"])
TEN = newest("ten", 1)
with open(TEN, "rb") as file:
    whole = file.read()
with open("cut.pyth", "wb") as file:
    file.write(whole[:len(whole) // 2])
subprocess.run([program, "build", "--cfg", CONFIG, "--weights", TEN, "--precision", "f32", "--out", "ten.tflite", *KEYS[:4]],
               check=True, capture_output=True)
with open("typo.yaml", "w") as file:
    file.write(open(CONFIG).read() + "RNG_SED: 3\n")

SMALL = ["TRAIN.BATCH_SIZE", "8", "TEST.BATCH_SIZE", "8"]
train = lambda *keys, data="good", flags=(): ["train", "--cfg", CONFIG, "--data", data, *flags, *SMALL, "OUT_DIR", "out", *keys]
tiny = lambda *keys, flags=(): ["train", "--cfg", CONFIG, "--data", "pictures", *flags, *KEYS, "OUT_DIR", "out", *keys]
test = lambda *flags, keys=KEYS[:4]: ["test", "--cfg", CONFIG, "--data", "pictures", *flags, *keys]
BEGINNINGS = [
    # The data set
    (train(data="nowhere"), "nowhere: no such dataset"),
    (train(data="no_val"), "no_val: no split 'val'", "val/, validation/, valid/, test/"),
    (train(data="good/train"), "good/train: no split 'train'", "train/"),
    (train(data="other_class"), "other_class/val: the class 'j' of the training split is missing"),
    (train(data="one_less"), "one_less/val: the class 'j' of the training split is missing"),
    (train(data="nested"), "nested/train/b/c: a folder with pictures within a class"),
    (train(data="empty_class"), "train/k: a class without pictures"),
    (train(data="many"), "the data set has 12 classes, the network 10"),
    (train(data=CONFIG), "a file of no known kind"),
    (train("TRAIN.BATCH_SIZE", "400"), "fewer pictures than a batch"),
    (train("TRAIN.ACCUM_STEPS", "50"), "fewer pictures than a batch", "TRAIN.ACCUM_STEPS"),
    (["train", "--cfg", CONFIG, "OUT_DIR", "out"], "where the data set 'imagenet' lies is not said"),
    # The configuration
    (["train", "--cfg", "typo.yaml", "--data", "good"], "typo.yaml:", "unknown key RNG_SED", "did you mean RNG_SEED"),
    (train("MODEL.LOSS_FUN", "focal"), "MODEL.LOSS_FUN is 'focal'"),
    (train("OPTIM.BASE_LR", "-0.1"), "OPTIM.BASE_LR is -0.1"),
    (train("OPTIM.MIN_LR", "-0.1"), "OPTIM.MIN_LR is -0.1"),
    (train("OPTIM.WEIGHT_DECAY", "-1e-4"), "OPTIM.WEIGHT_DECAY is -0.0001"),
    (train("OPTIM.MOMENTUM", "1.5"), "OPTIM.MOMENTUM is 1.5"),
    (train("OPTIM.OPTIMIZER", "lion"), "OPTIM.OPTIMIZER is 'lion'"),
    (train("OPTIM.LR_POLICY", "poly"), "OPTIM.LR_POLICY is 'poly'"),
    (train("OPTIM.LR_POLICY", "steps", "OPTIM.STEPS", "[5, 9]"), "OPTIM.STEPS begins with 5"),
    (train("OPTIM.MAX_EPOCH", "0"), "OPTIM.MAX_EPOCH is 0"),
    (train("OPTIM.GRAD_CLIP", "-1.0"), "OPTIM.GRAD_CLIP is -1"),
    (train("OPTIM.EMA_ALPHA", "-1.0"), "OPTIM.EMA_ALPHA is -1"),
    (train("TRAIN.BATCH_SIZE", "0"), "TRAIN.BATCH_SIZE is 0"),
    (train("TRAIN.BATCH_SIZE", "9", "NUM_GPUS", "2"), "TRAIN.BATCH_SIZE 9 does not divide by NUM_GPUS 2"),
    (train("TRAIN.IM_SIZE", "4"), "TRAIN.IM_SIZE is 4, less than the network's stride of 8"),
    (train("TRAIN.LABEL_SMOOTHING", "1.0"), "TRAIN.LABEL_SMOOTHING is 1"),
    (train("TRAIN.MIXUP_ALPHA", "-0.2"), "TRAIN.MIXUP_ALPHA is -0.2"),
    (train("TRAIN.ACCUM_STEPS", "0"), "TRAIN.ACCUM_STEPS is 0"),
    (train("TRAIN.SPLIT", "training"), "TRAIN.SPLIT is 'training'"),
    (train("DATA_LOADER.MODE", "dali"), "MODE 'dali' is not known"),
    (train("MODEL.TYPE", "vit"), "MODEL.TYPE 'vit' cannot be built", "vision transformers"),
    (train("BN.MOM", "1.5"), "BN.MOM is 1.5"),
    (train(flags=["--freeze", "s9"]), "TRAIN.FREEZE names 's9'"),
    # Weights and checkpoints
    (tiny("TRAIN.WEIGHTS", "none.pyth"), "none.pyth"),
    (tiny("TRAIN.WEIGHTS", "cut.pyth"), "cut.pyth"),
    (tiny("TRAIN.WEIGHTS", TEN, "ANYNET.STEM_W", "24"), TEN, "stem.conv.weight 16x3x3x3 for 24x3x3x3"),
    (tiny("TRAIN.WEIGHTS", TEN, "MODEL.NUM_CLASSES", "12"), TEN, "the classifier of these weights is 10x", "--new_head"),
    (tiny("TRAIN.DISTILL", "True"), "TRAIN.DISTILL needs a teacher"),
    (test(), "there is nothing to test"),
    (test("--weights", "none.pyth"), "none.pyth"),
    (test("--weights", TEN, keys=["TRAIN.DATASET", "imagenet", "TEST.DATASET", "imagenet"]), TEN,
     "the checkpoint was trained on other pictures", "--as_cfg"),
    (test("--weights", newest("red", 1)), newest("red", 1), "the checkpoint was trained on other pictures: bgr"),
    (test("--model", "ten.tflite", keys=["TRAIN.DATASET", "imagenet", "TEST.DATASET", "imagenet"]), "ten.tflite",
     "the model file was made for other pictures"),
    (test("--weights", TEN, "--precision", "int8"), "--precision"),
]
failed = 0
for words, *said in BEGINNINGS:
    before = {name: os.listdir(f"{name}/checkpoints") for name in ("ten", "red")}
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=120)
    messages = [line for line in done.stderr.splitlines() if line.startswith("nnstretch: ")]
    wrong = [what for what in said if what not in "".join(messages)]
    if done.returncode not in (1, 2) or len(messages) != 1 or wrong or "Start epoch" in done.stdout:
        print("FAILED:", " ".join(words), "\n ", done.returncode, messages, "does not say", wrong, done.stderr[-300:])
        failed += 1
    if os.path.exists("out") or before != {name: os.listdir(f"{name}/checkpoints") for name in ("ten", "red")}:
        print("FAILED: something was written:", " ".join(words))
        shutil.rmtree("out", ignore_errors=True)
        failed += 1
assert failed == 0, failed
print(len(BEGINNINGS), "beginnings refused")
