"""Images of a data set, which generated ones are compared with, as an evaluation wants them."""

import dataclasses
import hashlib
from collections.abc import Iterator

import numpy as np

from ada_tf.errors import UserError

BATCH = 32  # images looked at a time


@dataclasses.dataclass(frozen=True)
class DatasetImages:
    """Images of an ImageDataset in the order of their indices.

    Attributes:
        dataset: an ImageDataset.
        flipped: include the mirrored copies a mirrored data set has.
        batch: images at a time.
        filter: how the images came to their size, in words.
    """

    dataset: object
    flipped: bool = False
    batch: int = BATCH
    filter: str = "as stored"

    @property
    def indices(self) -> np.ndarray:
        every = np.arange(self.dataset.num_images)
        return every if self.flipped else every[~self.dataset.flips]

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """The first `count` images, uint8 [N, R, R, C] at a time."""
        indices = self.indices
        if count > len(indices):
            raise UserError(
                f"{self.dataset.name} has {len(indices)} images, where {count} are asked for;"
                f" use a metric of at most {len(indices)}."
            )
        for start in range(0, count, self.batch):
            yield self.dataset.images(indices[start : min(start + self.batch, count)])

    def describe(self, count: int) -> str:
        """The protocol in words."""
        mirrored = (
            "with mirrored copies" if self.flipped and self.dataset.flips.any() else "no mirror"
        )
        return (
            f"the first {count} images of {self.dataset.name}, {mirrored}, resized: {self.filter}"
        )

    def identity(self) -> str:
        """A hash of the pixels, or of where they are if they do not fit in memory."""
        digest = hashlib.sha256()
        store, indices = self.dataset.store, self.indices
        digest.update(self.dataset.items[indices].tobytes() + self.dataset.flips[indices].tobytes())
        if hasattr(store, "images"):
            digest.update(repr(tuple(store.images.shape)).encode())
            for start in range(0, store.num_images, 1024):
                digest.update(store.images[start : start + 1024].numpy().tobytes())
            return digest.hexdigest()
        for file in store.files:
            state = file.stat()
            digest.update(repr((str(file), state.st_size, state.st_mtime_ns)).encode())
        digest.update(np.asarray(store.offsets).tobytes())
        return digest.hexdigest()


def reference(data):
    """The reference set of a run's DataConfig: all of its source, whatever part is trained on."""
    return dataclasses.replace(data, subset=None, validation=0)


def real_images(dataset, data):
    """A function: flipped -> DatasetImages, for `Evaluator`.

    Args:
        dataset: opened from `reference(data)`.
        data: its DataConfig, for the words of the protocol.
    """
    size = f"{dataset.resolution}x{dataset.resolution}"
    words = size if data.source == "digits" else f"{data.resize_filter} to {size} unless stored so"
    return lambda flipped: DatasetImages(dataset, flipped, filter=words)
