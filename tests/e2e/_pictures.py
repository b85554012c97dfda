"""A data set that is learnt in seconds, in the binary format of CIFAR-10: each of ten classes has a
colour pattern of its own, under noise."""
import os

import numpy


def write(folder, train=512, test=128, seed=1, noise=60):
    os.makedirs(folder, exist_ok=True)
    random = numpy.random.RandomState(seed)
    patterns = random.randint(40, 216, (10, 3, 4, 4)).repeat(8, 2).repeat(8, 3)
    per_file = train // 4
    for name in [f"data_batch_{i}.bin" for i in range(1, 5)] + ["test_batch.bin"]:
        count = test if name.startswith("test") else per_file
        labels = random.randint(0, 10, count)
        images = numpy.clip(patterns[labels] + random.normal(0, noise, (count, 3, 32, 32)), 0, 255)
        with open(os.path.join(folder, name), "wb") as file:
            for label, image in zip(labels, images.astype(numpy.uint8)):
                file.write(bytes([label]) + image.tobytes())
