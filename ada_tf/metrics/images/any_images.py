"""`images_of`: images of whatever somebody has, be it arrays, folders, generators, functions or data."""

import os
import pathlib

import keras
import numpy as np
import tensorflow as tf

from ada_tf.data import DataConfig, ImageDataset, open_dataset
from ada_tf.data.config import DIGITS, TFDS_PREFIX, is_creatures
from ada_tf.data.prepared.prepared_set import is_prepared
from ada_tf.data.sources.folders_and_archives import is_no_path
from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS, check_local, printable
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop import network_folder
from ada_tf.interop.foreign.keras_file import read_keras_file
from ada_tf.metrics.images.generated import (
    SavedGenerator,
    images_of_generator,
    images_of_saved_model,
)
from ada_tf.metrics.images.images import (
    BATCH,
    Images,
    images_of_array,
    images_of_count,
    images_of_latents,
    images_of_model,
    images_of_stream,
)
from ada_tf.metrics.images.pictures import images_of_folder
from ada_tf.metrics.images.reals import how_resized, images_of_dataset
from ada_tf.models import Generator
from ada_tf.shape import Shape
from ada_tf.training.runs.checkpoint_folder import FOLDER

_ACCEPTED = (
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
) -> Images:
    """Make `Images` of anything that holds or makes images.

    Args:
        given: see the table in docs/metrics_any_gan.md: an array, a folder or zip file, a generator
            of any kind or its file, a function, a tf.data.Dataset, a data set. `Images` are returned
            as they are.
        name: of the argument, for messages.
        like: (height, width, channels) that pictures of a folder must have, and in which a data set
            that is named is opened.
        fit: resize pictures of a folder; see `images_of_folder`.
        z_dim: length or shape of the latents of a function.
        value_range: (black, white) of floats; None is (-1, 1).
        labels: ImageDataset with the classes of a conditional generator.
        seed: of latents and noise.
        batch: images at a time.

    Raises:
        UserError: it is none of these, or cannot be opened.
    """
    options = {"name": name, "value_range": value_range}
    drawing = {"seed": seed, "batch": batch}
    if isinstance(given, Images):
        return given
    if isinstance(given, ImageDataset):
        return images_of_dataset(given)
    if isinstance(given, DataConfig):
        return images_of_dataset(open_dataset(given, advise=False), resized=how_resized(given))
    if isinstance(given, tf.data.Dataset):
        return images_of_stream(given, **options)
    if isinstance(given, Generator):
        return images_of_generator(given, labels, **drawing)
    if isinstance(given, keras.Layer):
        return images_of_model(given, z_dim, **options, **drawing)
    if isinstance(given, (str, os.PathLike)):
        kind = _kind_of(str(given), name)
        if kind == "data":
            shape = {}
            if like is not None:
                size = Shape(*like[:3])
                shape = {"resolution": size.resolution, "channels": size.channels}
            return images_of(DataConfig(str(given), **shape), name)
        if kind == "pictures":
            return images_of_folder(given, like, fit, batch, name)
        if kind == "keras":
            return images_of_model(read_keras_file(given, name), z_dim, **options, **drawing)
        if kind == "saved model":
            model = SavedGenerator(given)
            model.check_labels(labels)
            return images_of_saved_model(model, labels, **drawing)
        return images_of_generator(load_generator(given)[0], labels, **drawing)
    if isinstance(given, (np.ndarray, tf.Tensor, tf.Variable, list, tuple)):
        return images_of_array(given, batch=batch, **options)
    if callable(given):
        if z_dim is None:
            return images_of_count(given, batch, **options)
        return images_of_latents(given, z_dim, **options, **drawing)
    raise UserError(f"{name} of type {type(given).__name__} must be {_ACCEPTED}.")


def _kind_of(given: str, name: str) -> str:
    """Kind of images behind a text: "data", "pictures", "keras", "saved model" or "network"."""
    is_named = given == DIGITS or is_creatures(given) or given.startswith(TFDS_PREFIX)
    if is_named or is_no_path(given):
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
    raise UserError(f"{name}={printable(given)!r} does not exist; give {_ACCEPTED}.")
