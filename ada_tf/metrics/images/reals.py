"""Real images: those of a data set, and the parts of it that generated images are compared with."""

import dataclasses
import hashlib
from collections.abc import Callable

import numpy as np

from ada_tf.channels import how_shown, shown
from ada_tf.data.config import DIGITS
from ada_tf.data.crop import CENTER
from ada_tf.data.dataset import select
from ada_tf.errors import UserError
from ada_tf.images import as_shown
from ada_tf.metrics.images.images import BATCH, Images, check_enough
from ada_tf.shape import Shape


def images_of_dataset(dataset, flipped=False, batch=BATCH, resized="as stored", part="") -> Images:
    """Images of an ImageDataset in the order of their indices.

    Args:
        dataset: an ImageDataset.
        flipped: include the mirrored copies that a mirrored data set has.
        batch: images at a time.
        resized: the way by which the images came to their size, for the protocol.
        part: "training" or "held-out", where they are a part of a larger set, for the protocol.
    """
    indices = indices_of(dataset, flipped)
    height, width, channels = dataset.shape.hwc

    def batches(count):
        check_enough(dataset.name, len(indices), count)
        for start in range(0, count, batch):
            yield as_shown(dataset.images(indices[start : min(start + batch, count)]))

    def describe(count):
        mirrored = "with mirrored copies" if flipped and dataset.flips.any() else "no mirror"
        which = f"{part} images" if part else "images"
        words = how_shown(dataset.shape.channels, dataset.bits)
        return f"the first {count} {which} of {dataset.name}, {mirrored}, resized: {resized}" + (
            f", {words}" if words else ""
        )

    def classes(count):
        return dataset.labels[indices[:count]] if dataset.label_space.are_classes else None

    return Images(
        dataset.name,
        batches,
        describe,
        len(indices),
        (height, width, shown(channels)),
        classes,
        names=lambda: dataset.names(indices),
        identity=lambda: _identity(dataset, indices),
        dataset=dataset,
    )


def indices_of(dataset, flipped=False) -> np.ndarray:
    """Indices of the images of a data set, int64 [N], by default without mirrored copies."""
    every = np.arange(dataset.num_images)
    return every if flipped else every[~dataset.flips]


def _identity(dataset, indices) -> str:
    """A hash of the pixels, or of the files that hold them if they do not fit in memory."""
    digest, store = hashlib.sha256(), dataset.store
    digest.update(dataset.items[indices].tobytes() + dataset.flips[indices].tobytes())
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


def reference_config(data):
    """DataConfig of all images of a run's source, whatever part of it is trained on."""
    return dataclasses.replace(data, subset=None, validation=0)


def trained_part(whole, data):
    """Training images of a data set, with the held-out ones as their `validation`.

    Args:
        whole: ImageDataset, opened from `reference_config(data)`.
        data: DataConfig of the run.

    Returns:
        An ImageDataset equal to `open_dataset(data)`, which shares the pixels of `whole`.
    """
    if reference_config(data) == data:
        return whole
    originals = ~whole.flips
    labels = None if whole.labels is None else whole.labels[originals]
    return select(whole.name, whole.store, labels, whole.label_space, data)


def reference_sets(whole, training=None, held_out=None, resized="as stored") -> Callable:
    """Reference sets of a data set: name of `metric_names.REFERENCES` -> Images.

    Args:
        whole: all images, an ImageDataset.
        training: those trained on; None are all of them.
        held_out: those not trained on; None are the `validation` of the training images.
        resized: the way by which the images came to their size, for the protocol.
    """
    training = whole if training is None else training
    held_out = training.validation if held_out is None else held_out
    sets = {
        "all": images_of_dataset(whole, resized=resized),
        "mirrored": images_of_dataset(whole, flipped=True, resized=resized),
        "training": images_of_dataset(training, resized=resized, part="training"),
    }
    if held_out is not None:
        sets["held_out"] = images_of_dataset(held_out, resized=resized, part="held-out")

    def of(name: str) -> Images:
        if name not in sets:
            raise UserError(
                "reference='held_out': no images were held out of training; train with"
                " --validation=N, or give others with --held_out=FOLDER."
            )
        return sets[name]

    return of


def how_resized(data) -> str:
    """The way by which the images of a DataConfig come to their size, in words."""
    size = "their size"
    if data.resolution is not None:
        shape = Shape.parse(data.resolution)
        size = f"{shape.width}x{shape.height}"
    if data.source == DIGITS:
        return size
    crop = "" if data.crop == CENTER else f" ({data.crop})"
    return f"{data.resize_filter} to {size}{crop} unless stored so"
