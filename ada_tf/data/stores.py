"""Stores of pixels: all in memory, or in records on disk that are read one by one.

Both stores answer `read(items)`, eagerly and inside a graph. A data set does not know which one it
has, and its stream is the same.
"""

import contextlib
import dataclasses
import hashlib
import os
import pathlib

import numpy as np
import psutil
import tensorflow as tf

from ada_tf import png
from ada_tf.data.prepared import fingerprint
from ada_tf.data.stored import Stored
from ada_tf.errors import UserError
from ada_tf.files import cause, printable
from ada_tf.shape import Shape

# Memory for pixels, and arrays that TensorFlow takes without a copy.

# Share of the free memory: the networks and TensorFlow itself need room, too.
_MEMORY_SHARE = 0.5
# (limit, use) of the container that a process is in, in both versions of Linux' control groups.
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)
_ALIGNMENT = 64  # bytes, of the first number of what TensorFlow computes with


def memory_for_pixels() -> int:
    """Bytes of pixels that may be kept in memory: half of what this machine, or container, has free."""
    free = psutil.virtual_memory().available
    for limit, use in _CGROUPS:
        # No such file, or "max": no limit.
        with contextlib.suppress(OSError, ValueError):
            free = min(free, _number_in(limit) - _number_in(use))
    return max(int(free * _MEMORY_SHARE), 0)


def _number_in(path: str) -> int:
    return int(pathlib.Path(path).read_text())


def aligned(shape, dtype=np.uint8) -> np.ndarray:
    """An array, not initialised, whose memory `as_tensor` can share."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """An array of `aligned` as a tensor in the same memory; nobody may write to it any more.

    `tf.constant` would make a second copy and keep both.
    """
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


class Damaged(UserError):
    """A prepared set is not what was written.

    Attributes:
        why: which file, and what is wrong with it.
    """

    def __init__(self, folder: pathlib.Path, why: str):
        super().__init__(
            f"{printable(folder)} is damaged ({why}); remove the folder and give the original"
            " images again."
        )
        self.why = why


@dataclasses.dataclass(frozen=True, eq=False)
class ResidentImages:
    """Decoded images in the memory of the host.

    Attributes:
        images: uint8 or uint16 [n, H, W, C].
        fingerprint: of all images.
        origin: the records they were decoded from, which know their names; None for others.
    """

    images: tf.Tensor
    fingerprint: str
    origin: "RecordImages | None" = None

    @classmethod
    def from_array(cls, images: np.ndarray, known: str | None = None) -> "ResidentImages":
        """Keep a copy of an array, uint8 or uint16 [n, H, W, C], and its fingerprint, computed if not known."""
        pixels = aligned(images.shape, images.dtype)
        pixels[:] = images
        return cls(as_tensor(pixels), known or fingerprint.of_array(images))

    @property
    def num_images(self) -> int:
        return self.images.shape[0]

    @property
    def shape(self) -> Shape:
        return self.stored.plain

    @property
    def stored(self) -> Stored:
        return Stored(*self.images.shape[1:], self.bits)

    @property
    def bits(self) -> int:
        return 8 * self.images.dtype.size

    def read(self, items):
        """Read images: integers [n] -> uint8 or uint16 [n, H, W, C]."""
        return tf.gather(self.images, items)

    def raise_damage(self) -> None:
        """Nothing in memory is damaged."""


@dataclasses.dataclass(frozen=True, eq=False)
class RecordImages:
    """PNG images in the files of a prepared set, found by their place and checked when read.

    Reading by place gives streams from disk the order of streams from memory. A run resumes without
    reading what it has already seen.

    Attributes:
        files: paths of the record files.
        shards: int64 [n], which file an image is in.
        offsets: int64 [n], where it starts, bytes.
        lengths: int64 [n], how long it is, bytes.
        checksums: uint64 [n], see `checksum`.
        stored: shape and bits of the images.
        fingerprint: of all images.
        damage: what `read` found; TensorFlow reports it in words of its own.
        use: keeps the files from being deleted while these images live.
    """

    files: list[pathlib.Path]
    shards: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    checksums: np.ndarray
    stored: Stored
    fingerprint: str
    damage: list[Damaged] = dataclasses.field(default_factory=list)
    use: object = None

    @property
    def num_images(self) -> int:
        return len(self.shards)

    @property
    def shape(self) -> Shape:
        return self.stored.plain

    @property
    def bits(self) -> int:
        return self.stored.bits

    def read(self, items):
        """Read images: integers [n] -> uint8 or uint16 [n, H, W, C]."""
        encoded = tf.numpy_function(self._encoded, [items], tf.string, stateful=False)
        images = tf.map_fn(self.decoded, encoded, fn_output_signature=self.stored.dtype)
        return tf.ensure_shape(images, [items.shape[0], *self.shape.hwc])

    def raise_damage(self) -> None:
        """Raise what a read has found damaged, if any."""
        if self.damage:
            raise self.damage[0]

    def to_memory(self) -> ResidentImages:
        """Decode everything once.

        Raises:
            Damaged: an image is not what was written.
        """
        images = aligned([self.num_images, *self.shape.hwc], self.stored.dtype)
        # TensorFlow does not forget what a graph calls, and what it does not forget stays in use.
        read = dataclasses.replace(self, use=None).read
        chunks = tf.data.Dataset.range(len(images)).batch(64).map(read, tf.data.AUTOTUNE)
        start = 0
        try:
            for chunk in chunks.prefetch(1).as_numpy_iterator():
                images[start : start + len(chunk)] = chunk
                start += len(chunk)
        except tf.errors.InvalidArgumentError as error:
            self.raise_damage()
            # Somebody else has computed the checksum of what is no image.
            raise Damaged(self.files[0].parent, "an image cannot be decoded") from error
        return ResidentImages(as_tensor(images), self.fingerprint, self)

    def encoded(self, item: int) -> bytes:
        """Read one image as PNG.

        Raises:
            Damaged: it is not what was written.
        """
        file = self.files[self.shards[item]]
        try:
            number = os.open(file, os.O_RDONLY | os.O_CLOEXEC)  # 9 us with `pread`, 14 with `open`
            try:
                found = os.pread(number, self.lengths[item], self.offsets[item])
            finally:
                os.close(number)
        except OSError as error:
            raise Damaged(file.parent, f"{file.name}: {cause(error)}") from error
        if checksum(found) != self.checksums[item]:
            raise Damaged(file.parent, f"{file.name}: image {item} is not what was written")
        # Somebody else may have computed the checksum; what is decoded must have the right size.
        height, width, _ = png.folded_shape(*self.shape.hwc)
        if found[:24] != png.beginning(width, height):
            raise Damaged(file.parent, f"{file.name}: image {item} has another size")
        return found

    def _encoded(self, items):
        try:
            return np.array([self.encoded(item) for item in items.tolist()], dtype=object)
        except Damaged as error:
            self.damage.append(error)
            raise

    def decoded(self, encoded):
        """The pixels of one image, PNG as a string: uint8 or uint16 [H, W, C]."""
        height, width, channels = self.shape.hwc
        _, _, folded = png.folded_shape(height, width, channels)
        # Asked for 2 channels it refuses, but where there are 2, it gives them.
        pixels = tf.io.decode_png(encoded, 0 if folded == 2 else folded, self.stored.dtype)
        if folded == channels:
            return pixels
        return tf.transpose(tf.reshape(pixels, [channels, height, width]), [1, 2, 0])


def checksum(encoded: bytes) -> int:
    """The first 8 bytes of the SHA-256 of an image."""
    return int.from_bytes(hashlib.sha256(encoded).digest()[:8], "little")
