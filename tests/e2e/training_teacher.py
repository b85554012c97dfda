#!/usr/bin/python3
"""Learning from a teacher's checkpoint: with no weight it changes not a bit; with all the weight a student whose
labels are noise learns what the teacher knows."""
import os
import random
import subprocess

from _training import command, make_pictures, newest, stats, tensors, train

EPOCHS, RECORD = 4, 1 + 3 * 32 * 32  # a label and its picture


def scramble_training_labels():
    noise = random.Random(1)
    for name in [f"pictures/data_batch_{i}.bin" for i in range(1, 5)]:
        with open(name, "rb+") as file:
            for at in range(0, os.path.getsize(name), RECORD):
                file.seek(at)
                file.write(bytes([noise.randrange(10)]))


def error(log):
    return stats(log, "test_epoch")[-1]["top1_err"]


make_pictures(train=1024)
log = train("teacher", EPOCHS)
taught = ["TRAIN.DISTILL", "True", "TRAIN.TEACHER", newest("teacher", EPOCHS)]
train("alone", 1)
train("unmoved", 1, "--teacher_weight", "0", keys=taught)
assert tensors(newest("unmoved", 1)) == tensors(newest("alone", 1))

scramble_training_labels()
misled = train("misled", EPOCHS)
student = train("student", EPOCHS, "--teacher_weight", "1", "--temperature", "2", keys=taught)
print("% wrong: teacher", error(log), "labels that are noise", error(misled), "student of the teacher", error(student))
assert error(log) < 30 and error(misled) > 60 and error(student) < error(log) + 15

absent = subprocess.run(command("absent", 1, keys=["TRAIN.DISTILL", "True"]), capture_output=True, text=True)
assert absent.returncode == 1 and "TRAIN.TEACHER" in absent.stderr, absent
