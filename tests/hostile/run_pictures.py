"""Run directories whose pictures, of which ada-film --training makes a film, are none."""

import io
import os
import struct
import zlib

import PIL.Image

from ada_tf.inference.training_film import training_film
from ada_tf.png import beginning

NAME = "fakes000200.png"


def film(run):
    """The door."""
    for _ in training_film(run):
        pass


def honest(size=(32, 24), **options) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", size, (20, 30, 40)).save(file, "PNG", **options)
    return file.getvalue()


def run_with(make):
    """A run whose second picture is made by a function of its path."""

    def build(folder):
        (folder / "fakes_init.png").write_bytes(honest())
        make(folder / NAME)
        return folder

    return build


def holding(content: bytes):
    return run_with(lambda path: path.write_bytes(content))


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def of_size(width: int, height: int, data: bytes) -> bytes:
    """A PNG of 8 bits RGB that says how large it is, with these pixels, still to be compressed."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    start = beginning(width, height)[:8]
    return start + b"".join(chunk(name, content) for name, content in chunks)


def text_bomb() -> bytes:
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**27)))
    return honest()[:33] + text + honest()[33:]  # after the header


RUNS = {
    "a text": holding(b"no picture"),
    "empty": holding(b""),
    "cut short": holding(honest((300, 300))[:-300]),
    "a side of 2^31": holding(of_size(2**31 - 1, 2**31 - 1, b"")),
    "90 million pixels of nothing": holding(of_size(10_000, 9_000, bytes(2**20))),
    "a broken chunk": holding(honest().replace(b"IDAT", b"ID\0T")),
    "another format": holding(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    "a text that unpacks to 128 megabytes": run_with(lambda path: path.write_bytes(text_bomb())),
    "a pipe": run_with(os.mkfifo),
    "a device": run_with(lambda path: path.symlink_to("/dev/zero")),
    "a folder": run_with(os.mkdir),
    "another size": holding(honest((32, 32))),
    "alone": lambda folder: folder,
}
