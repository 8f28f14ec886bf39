"""Generated images that are looked at twice and made once."""

from collections.abc import Iterator

import numpy as np

MOST = 2**28  # bytes kept: 1,000 images of 256 pixels in colour are 200 MB


class Remembered:
    """An images source that keeps what it has made, as far as that is no more than `most` bytes.

    Args:
        images: an images source, which makes the same images each time.
        most: bytes.

    Attributes:
        images: that source.
    """

    def __init__(self, images, most: int = MOST):
        self.images, self._most, self._kept = images, most, []

    @property
    def count(self) -> int | None:
        """How many there are; None without end."""
        return self.images.count

    @property
    def names(self):
        """Of files, or None."""
        return getattr(self.images, "names", None)

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """The first `count` images, uint8 [N, H, W, C] at a time."""
        if count <= sum(map(len, self._kept)):
            for batch in self._kept:
                if count <= 0:
                    return
                yield batch[:count]
                count -= len(batch)
            return
        kept, size = [], 0
        for batch in self.images.batches(count):
            yield batch
            size += batch.nbytes
            if size <= self._most:
                kept.append(batch)
        self._kept = kept

    def classes(self, count: int) -> np.ndarray | None:
        """Class numbers of the first `count` images, int64 [count]; None without classes."""
        return self.images.classes(count)

    def describe(self, count: int) -> str:
        """The protocol in words."""
        return self.images.describe(count)
