"""Pictures out of a table of `nnstretch data prepare --mode small`, as PNG files: calibration reads files."""
import array
import struct
import zlib


def read(table, index, size):
    """Rows of red, green and blue bytes out of the normalised planes of one picture of a .npy file."""
    with open(table, "rb") as file:
        file.seek(8)
        begin = 10 + struct.unpack("<H", file.read(2))[0]
        file.seek(begin + 4 * 3 * size * size * index)
        values = array.array("f", file.read(4 * 3 * size * size))
    mean, std = (125.3, 123.0, 113.9), (63.0, 62.1, 66.7)  # of mode `small`: docs/data.md
    pixel = lambda y, x, c: round(values[(c * size + y) * size + x] * std[c] + mean[c])
    return [bytes(pixel(y, x, c) for x in range(size) for c in range(3)) for y in range(size)]


def write_png(path, rows):
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
