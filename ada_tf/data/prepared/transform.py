"""Decode, crop and resize all images of a source, in bounded memory and in their order."""

import functools
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from ada_tf import png
from ada_tf.data import decode
from ada_tf.data.crop import Fit
from ada_tf.data.decoding import Decoders, Failed
from ada_tf.data.fitting_costs import Changes, changes_of
from ada_tf.data.prepared import fingerprint
from ada_tf.data.prepared.choose_shape import progress
from ada_tf.data.sources.source import DRAWN, Entry, Source
from ada_tf.data.stored import Stored

_READ = 2**20  # bytes read at a time


class Result(NamedTuple):
    """One image as it is stored.

    Attributes:
        encoded: its bytes as PNG.
        changes: what was done to it.
        content: hash of the file it came from.
        pixels: its fingerprint.
    """

    encoded: bytes
    changes: Changes
    content: bytes
    pixels: bytes


def transform_all(
    source: Source, shape: Stored, fit: Fit
) -> Iterator[tuple[Entry, Result | Failed]]:
    """Transform the images of a source, some at a time; results come in order."""
    look = functools.partial(_transform, shape=shape, fit=fit)
    with (
        progress(source, "preparing") as bar,
        Decoders(source.size, limited=source.kind != DRAWN) as decoders,
    ):
        for entry, result in decoders.each(look, source.entries):
            bar.update()
            yield entry, result


def _transform(stream, taken, shape: Stored, fit: Fit) -> Result:
    content = _digest(stream)
    with decode.open_image(stream) as image:
        needed = image.width * image.height * decode.weight(image, shape, shape.bits)
        with taken(needed):
            changes = changes_of(image, shape, fit, shape.bits)
            pixels = decode.to_shape(image, shape, fit, shape.bits)
    return Result(png.encode(png.folded(pixels)), changes, content, fingerprint.of_image(pixels))


def _digest(stream) -> bytes:
    """Hash of a stream, which is at its beginning again afterwards."""
    found = hashlib.sha256()
    while data := stream.read(_READ):
        found.update(data)
    stream.seek(0)
    return found.digest()
