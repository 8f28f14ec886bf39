"""Images of a data set, which generated ones are compared with, as an evaluation wants them."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator

import numpy as np

from ada_tf.channels import how_shown, shown
from ada_tf.data.config import DIGITS
from ada_tf.data.crop import CENTER
from ada_tf.data.dataset import select
from ada_tf.errors import UserError
from ada_tf.images import as_shown
from ada_tf.shape import Shape

BATCH = 32  # images looked at a time


@dataclasses.dataclass(frozen=True)
class DatasetImages:
    """Images of an ImageDataset in the order of their indices.

    Attributes:
        dataset: an ImageDataset.
        flipped: include the mirrored copies a mirrored data set has.
        batch: images at a time.
        filter: how the images came to their size, in words.
        part: which part of a larger set these are, in words; "" where they are all of it.
    """

    dataset: object
    flipped: bool = False
    batch: int = BATCH
    filter: str = "as stored"
    part: str = ""

    @property
    def indices(self) -> np.ndarray:
        """Those of the images in the data set, int64 [count]."""
        every = np.arange(self.dataset.num_images)
        return every if self.flipped else every[~self.dataset.flips]

    @property
    def count(self) -> int:
        """How many images there are."""
        return len(self.indices)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the images as they are shown."""
        height, width, channels = self.dataset.shape.hwc
        return height, width, shown(channels)

    @property
    def names(self) -> list[str]:
        """Of all images, see `ImageDataset.names`; read from the files each time."""
        return self.dataset.names(self.indices)

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """The first `count` images, uint8 [N, H, W, C] at a time."""
        indices = self.indices
        if count > len(indices):
            raise UserError(
                f"{self.dataset.name} has {len(indices)} images, where {count} are asked for;"
                f" use a metric of at most {len(indices)}."
            )
        for start in range(0, count, self.batch):
            yield as_shown(self.dataset.images(indices[start : min(start + self.batch, count)]))

    def describe(self, count: int) -> str:
        """The protocol in words."""
        mirrored = (
            "with mirrored copies" if self.flipped and self.dataset.flips.any() else "no mirror"
        )
        which = f"{self.part} images" if self.part else "images"
        words = how_shown(self.dataset.shape.channels, self.dataset.bits)
        return (
            f"the first {count} {which} of {self.dataset.name}, {mirrored}, resized: {self.filter}"
            + (f", {words}" if words else "")
        )

    def classes(self, count: int) -> np.ndarray | None:
        """Class numbers of the first `count` images, int64 [count]; None where labels are none."""
        labels, indices = self.dataset.labels, self.indices[:count]
        return labels[indices] if self.dataset.label_space.are_classes else None

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
    """The DataConfig of all images of a run's source, whatever part is trained on."""
    return dataclasses.replace(data, subset=None, validation=0)


def trained_part(whole, data):
    """What of a data set is trained on, with what is held out as its `validation`.

    Args:
        whole: ImageDataset, opened from `reference(data)`.
        data: DataConfig of the run.

    Returns:
        An ImageDataset as `open_dataset(data)` gives it, of the same pixels in memory.
    """
    if reference(data) == data:
        return whole
    originals = ~whole.flips
    labels = None if whole.labels is None else whole.labels[originals]
    return select(whole.name, whole.store, labels, whole.label_space, data)


def reference_sets(whole, training=None, held_out=None, words="as stored") -> Callable:
    """A function: name of a reference set, of `names.REFERENCES` -> DatasetImages.

    Args:
        whole: all images, an ImageDataset.
        training: those trained on; None are all of them.
        held_out: those that are not; None are the `validation` of the training images.
        words: how the images came to their size.
    """
    training = whole if training is None else training
    held_out = training.validation if held_out is None else held_out
    sets = {
        "all": DatasetImages(whole, filter=words),
        "mirrored": DatasetImages(whole, flipped=True, filter=words),
        "training": DatasetImages(training, filter=words, part="training"),
    }
    if held_out is not None:
        sets["held_out"] = DatasetImages(held_out, filter=words, part="held-out")

    def of(name: str) -> DatasetImages:
        if name not in sets:
            raise UserError(
                "reference='held_out': no images were held out of training; train with"
                " --validation=N, or give others with --held_out=FOLDER."
            )
        return sets[name]

    return of


def size_in_words(data) -> str:
    """How the images of a DataConfig come to their size."""
    size = "their size"
    if data.resolution is not None:
        shape = Shape.parse(data.resolution)
        size = f"{shape.width}x{shape.height}"
    if data.source == DIGITS:
        return size
    crop = "" if data.crop == CENTER else f" ({data.crop})"
    return f"{data.resize_filter} to {size}{crop} unless stored so"
