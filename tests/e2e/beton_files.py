#!/usr/bin/python3
"""FFCV's own reader and loader on files that `data write-beton` made, and ours on files that FFCV
made, in all modes. Pictures of 256 pixels a side are cropped to 224 and not resized, so they must be
equal byte for byte: to FFCV's decoder in ffcv mode, to OpenCV's in pytorch mode. Photographs, which
are resized, may differ by one level. With NNSTRETCH_FULL=1 only."""
import glob
import os
import struct
import subprocess
import sys

from _outside import full_only, need, photos, program

full_only("FFCV")
need("cv2", "ffcv", "numpy")
import cv2
import numpy as np
from ffcv.fields import IntField, RGBImageField
from ffcv.fields.decoders import CenterCropRGBImageDecoder, IntDecoder
from ffcv.loader import Loader, OrderOption
from ffcv.writer import DatasetWriter

sys.unraisablehook = lambda _: None  # numba complains when its compiled functions go

MEAN, STD = np.array([123, 116, 103]), np.array([58, 57, 57])
MODES = {"raw": [], "jpg": [], "smart": ["--smart_threshold", "200000"], "proportion": []}
FFCV_MODES = {"raw": {}, "jpg": {}, "smart": {"smart_threshold": 200000},
              "proportion": {"compress_probability": 0.5}}


def ours(path, mode, *options):
    """(N, 224, 224, 3) RGB levels and labels, as our loader prepares them."""
    out = subprocess.run([program, "data", "prepare", path, "ours.npy", "--mode", mode, "--colour",
                          "rgb", "--count", "1000", *options], check=True, capture_output=True, text=True)
    planes = np.load("ours.npy").transpose(0, 2, 3, 1).astype("f8")
    if mode == "ffcv":
        levels = planes * STD + MEAN
    else:
        levels = (planes * [0.229, 0.224, 0.225] + [0.485, 0.456, 0.406]) * 255
    assert np.abs(levels - levels.round()).max() < 1e-3 or "--resize" not in options
    return levels.round().astype(int), [int(x) for x in out.stdout.split("labels:")[1].split()]


def ffcv(path):
    loader = Loader(path, batch_size=1, num_workers=1, order=OrderOption.SEQUENTIAL, drop_last=False,
                    pipelines={"image": [CenterCropRGBImageDecoder((224, 224), 224 / 256)],
                               "label": [IntDecoder()]})
    batches = [(np.array(x[0]).reshape(224, 224, 3), int(np.array(y).item())) for x, y in loader]
    return np.stack([x for x, _ in batches]).astype(int), [y for _, y in batches]


def samples(path):
    """(mode, bytes or pixels, height, width) of each sample, read by the layout alone."""
    data = open(path, "rb").read()
    fields, _, count, table = struct.unpack_from("<HIQQ", data, 2)
    sizes = {p: s for _, p, s in struct.iter_unpack("<QQQ", data[table:])}
    for i in range(count):
        mode, width, height, at = struct.unpack_from("<BHHQ", data, 24 + 1041 * fields + 24 * i)
        yield mode, data[at:at + sizes[at]], height, width


def opencv(path):
    """The middle 224 x 224 of each sample as OpenCV decodes it."""
    found = []
    for mode, data, height, width in samples(path):
        flat = np.frombuffer(data, "u1")
        rgb = flat.reshape(height, width, 3) if mode else cv2.imdecode(flat, 1)[:, :, ::-1]
        y, x = -(-(height - 224) // 2), -(-(width - 224) // 2)
        found.append(rgb[y:y + 224, x:x + 224])
    return np.stack(found).astype(int)


def compare(path, exact):
    theirs, their_labels = ffcv(path)
    mine, labels = ours(path, "ffcv")
    assert labels == their_labels, (path, labels, their_labels)
    worst = np.abs(mine - theirs).max()
    jpgs = sum(mode == 0 for mode, *_ in samples(path))
    print(f"{path}: {len(mine)} samples, {jpgs} jpg, at most {worst} levels from FFCV")
    assert worst <= (0 if exact else 1), path
    if exact:
        worst = np.abs(ours(path, "pytorch", "--resize", "256")[0] - opencv(path)).max()
        print(f"{path}: at most {worst} levels from OpenCV")
        assert worst == 0, path
    return jpgs


class Pictures:
    def __init__(self, folder):
        self.files = sorted(glob.glob(f"{folder}/*/*"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        rgb = np.ascontiguousarray(cv2.imread(self.files[i])[:, :, ::-1])
        return rgb, int(os.path.dirname(self.files[i])[-1])


os.makedirs("even/c0", exist_ok=True)
os.makedirs("even/c1", exist_ok=True)
os.makedirs("large/c0", exist_ok=True)
for i, file in enumerate(sorted(glob.glob(f"{photos}/*.jpg"))[:16]):
    picture = cv2.imread(file)
    cv2.imwrite(f"large/c0/{i:02}.png", picture)
    width = 256 + 8 * (i % 5)
    cv2.imwrite(f"even/c{i % 2}/{i:02}.png",
                cv2.resize(picture, (width, 256) if i % 3 else (256, width), interpolation=cv2.INTER_AREA))

for folder, exact in (("even", True), ("large", False)):
    for mode, options in MODES.items():
        path = f"{folder}-{mode}.beton"
        subprocess.run([program, "data", "write-beton", folder, path, "--mode", mode, *options], check=True)
        jpgs = compare(path, exact)
        assert {"raw": jpgs == 0, "jpg": jpgs == 16}.get(mode, 0 < jpgs < 16 or not exact), (path, jpgs)
    for mode, options in FFCV_MODES.items():
        path = f"{folder}-{mode}-theirs.beton"
        DatasetWriter(path, {"image": RGBImageField(write_mode=mode, jpeg_quality=90, **options),
                             "label": IntField()}, num_workers=1).from_indexed_dataset(Pictures(folder))
        compare(path, exact)
# Their JPEG streams are ours: the same defaults of the same library.
assert [s for s in samples("even-jpg.beton")] == [s for s in samples("even-jpg-theirs.beton")]
print("JPEG streams equal FFCV's")
