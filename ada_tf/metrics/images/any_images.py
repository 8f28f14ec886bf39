"""Images of whatever somebody has: arrays, folders, generators of any kind, functions, data sets."""

import os
import pathlib

import keras
import numpy as np
import tensorflow as tf

from ada_tf.data import DataConfig, ImageDataset, open_dataset
from ada_tf.data.config import DIGITS, TFDS_PREFIX, is_creatures
from ada_tf.data.prepared.prepared_set import is_prepared
from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS, check_local, printable
from ada_tf.inference.generate import load_generator
from ada_tf.interop import network_folder
from ada_tf.interop.foreign.keras_file import read_keras_file
from ada_tf.metrics.images.arrays import BATCH, ArrayImages, StreamImages
from ada_tf.metrics.images.drawn import CountedImages, DrawnImages, images_of_model
from ada_tf.metrics.images.generated import GeneratorImages, SavedModelImages
from ada_tf.metrics.images.pictures import Pictures
from ada_tf.metrics.images.reals import DatasetImages, size_in_words
from ada_tf.models import Generator
from ada_tf.shape import Shape
from ada_tf.training.runs.checkpoint_folder import FOLDER

ACCEPTED = (
    "an array of images, a folder or zip file of pictures, a .keras file, a SavedModel, a run, a"
    " Keras model, a function, a tf.data.Dataset, a DataConfig, digits or creatures:N"
)


def images_of(
    given,
    name="fakes",
    *,
    like=None,
    fit=False,
    z_dim=None,
    value_range=None,
    labels=None,
    seed=0,
    batch=BATCH,
):
    """An images source: `batches(count)`, `describe(count)`, `count` (None: no end), `names`.

    Args:
        given: uint8, uint16 or float array or tensor [N, H, W, 1 to 4]; path of a folder or zip file of
            finished images, a .keras file of a model z -> images, a SavedModel, a run directory, a
            checkpoint, a network folder or file; "digits", "creatures:N" or a prepared data set; a
            Generator, or a Keras model of one input z; a function of z, float32 [N, z_dim], with
            `z_dim`, or else of a number n, which makes n images; a tf.data.Dataset of batches; an
            ImageDataset or DataConfig; an images source, which is given back.
        name: of the argument, for messages.
        like: (height, width, channels) that pictures of a folder must have, and what is named has.
        fit: resize those; see `Pictures`.
        z_dim: length of the latents of a function, or their shape.
        value_range: (black, white) of floats; see `as_bytes`.
        labels: ImageDataset with the classes of a conditional generator.
        seed: of latents and noise.
        batch: images at a time.

    Raises:
        UserError: it is none of these, or cannot be opened.
    """
    options = {"name": name, "value_range": value_range}
    drawing = {"seed": seed, "batch": batch}
    if isinstance(given, ImageDataset):
        return DatasetImages(given)
    if isinstance(given, DataConfig):
        return DatasetImages(open_dataset(given, advise=False), filter=size_in_words(given))
    if hasattr(given, "batches") and hasattr(given, "describe"):
        return given
    if isinstance(given, tf.data.Dataset):
        return StreamImages(given, **options)
    if isinstance(given, Generator):
        return GeneratorImages(given, labels, **drawing)
    if isinstance(given, keras.Layer):
        return images_of_model(given, z_dim, **options, **drawing)
    if isinstance(given, (str, os.PathLike)):
        kind = _kind_of(str(given), name)
        if kind == "data":
            if like is None:
                return images_of(DataConfig(str(given)), name)
            shape = Shape(*like[:3])
            size, channels = shape.resolution, shape.channels
            return images_of(DataConfig(str(given), resolution=size, channels=channels), name)
        if kind == "pictures":
            return Pictures(given, like, fit, batch, name)
        if kind == "keras":
            return images_of_model(read_keras_file(given, name), z_dim, **options, **drawing)
        if kind == "saved model":
            return SavedModelImages(given, labels, **drawing)
        return GeneratorImages(load_generator(given)[0], labels, **drawing)
    if isinstance(given, (np.ndarray, tf.Tensor, tf.Variable, list, tuple)):
        return ArrayImages(given, batch=batch, **options)
    if callable(given):
        if z_dim is None:
            return CountedImages(given, batch, **options)
        return DrawnImages(given, z_dim, **options, **drawing)
    raise UserError(f"{name} of type {type(given).__name__} must be {ACCEPTED}.")


def _kind_of(given: str, name: str) -> str:
    """What a text leads to: "data", "pictures", "keras", "saved model" or "network"."""
    if given == DIGITS or is_creatures(given) or given.startswith(TFDS_PREFIX):
        return "data"
    check_local(name, given)
    path = pathlib.Path(given)
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return "saved model"
        if is_prepared(path):
            return "data"
        is_run = (path / RUN_OPTIONS).exists() or (path / FOLDER).is_dir()
        return "network" if is_run or network_folder.is_one(path) else "pictures"
    if path.suffix.lower() == ".zip" and path.is_file():
        return "pictures"
    if path.suffix.lower() == ".keras" and path.is_file():
        return "keras"
    if path.is_file() or os.path.exists(f"{given}.index"):
        return "network"
    raise UserError(f"{name}={printable(given)!r} does not exist; give {ACCEPTED}.")


def shape_of(images) -> tuple[int, int, int]:
    """(height, width, channels) of an images source."""
    return tuple(next(iter(images.batches(1))).shape[1:])


def check_alike(fakes, reals) -> None:
    """Refuse to compare images of different sizes or channels.

    Raises:
        UserError: naming both.
    """
    ours, theirs = shape_of(fakes), shape_of(reals)
    if ours != theirs:
        raise UserError(
            f"fakes of shape {list(ours)} and reals of shape {list(theirs)} must be of one size and"
            " channels: fit=True resizes pictures of a folder, DataConfig(resolution=...,"
            " channels=...) makes the reals of a size."
        )
