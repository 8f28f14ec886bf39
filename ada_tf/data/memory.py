"""How much memory there is for pixels, and arrays that TensorFlow takes as they are."""

import contextlib
import pathlib

import numpy as np
import psutil
import tensorflow as tf

# Of what is free: the networks, and TensorFlow itself, need room, too.
SHARE = 0.5
# (limit, use) of the container that a process is in, in both versions of Linux' control groups.
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)
_ALIGNMENT = 64  # bytes, of the first number of what TensorFlow computes with


def room() -> int:
    """Bytes of pixels that may be kept in memory: half of what this machine, or container, has free."""
    free = psutil.virtual_memory().available
    for limit, use in _CGROUPS:
        # No such file, or "max": no limit.
        with contextlib.suppress(OSError, ValueError):
            free = min(free, _number_in(limit) - _number_in(use))
    return max(int(free * SHARE), 0)


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
