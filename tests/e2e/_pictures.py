"""A data set that is learnt in seconds, in the binary format of CIFAR-10: each of ten classes has a
colour pattern of its own, under noise."""
import os
import struct
import zlib

import numpy


def write_png(path, image):
    """An array of 3 x height x width bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    _, height, width = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image.transpose(1, 2, 0))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_calibration(folder, pictures, count=16, border=2):
    """The first training pictures as files for --calibration. The border is what the test transform of
    36 pixels cuts off: the network sees the picture's own bytes."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(pictures, "data_batch_1.bin"), "rb") as file:
        records = numpy.frombuffer(file.read(), numpy.uint8).reshape(-1, 1 + 3 * 32 * 32)
    for i, record in enumerate(records[:count]):
        picture = record[1:].reshape(3, 32, 32)
        around = ((0, 0), (border, border), (border, border))
        write_png(os.path.join(folder, f"{i:02}.png"), numpy.pad(picture, around, mode="edge"))


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
