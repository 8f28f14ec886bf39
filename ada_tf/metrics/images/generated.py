"""Images that generators make: random latents, labels of random real images, fresh noise."""

import numpy as np
import tensorflow as tf

from ada_tf.channels import RGBA, how_shown
from ada_tf.errors import UserError
from ada_tf.files import printable, reading
from ada_tf.images import as_shown, to_uint8
from ada_tf.interop.export.folders import check_format
from ada_tf.interop.foreign.foreign_model import load_saved_model
from ada_tf.metrics.images.images import BATCH, Images
from ada_tf.models.label_vectors import label_vectors
from ada_tf.ops import choice, graph, random

# Inputs of a SavedModel: class numbers int32 [N], or vectors float32 [N, label_dim].
_LABELS = ("label", "labels")
_MAX_Z = 2**16  # widest z of a SavedModel; published generators have 64 to 512


def images_of_generator(generator, dataset=None, seed=0, batch=BATCH, truncation_psi=1.0) -> Images:
    """Images of a Generator.

    Latents, labels and noise depend on `seed` and `batch` alone, so that a score repeats itself.

    Args:
        generator: usually the averaged one.
        dataset: ImageDataset with the labels of a conditional generator.
        seed: integer.
        batch: images at a time.
        truncation_psi: 1 is without truncation, as papers score.

    Raises:
        UserError: the generator is conditional, and the data set has no such labels.
    """
    labels = label_sampler(generator, dataset)
    are_classes = dataset is not None and dataset.label_space.are_classes

    def make(seed):
        z = random.normal(random.fold_in(seed, 0), [batch, generator.z_dim])
        c = None if labels is None else labels(random.fold_in(seed, 1), batch)
        return generator(
            z, c, truncation_psi=truncation_psi, noise_mode="random", seed=random.fold_in(seed, 2)
        )

    program = graph(make, choice.on_gpu())

    def batches(count):
        base = random.make_seed(seed)
        for start in range(0, count, batch):
            # Whole batches only, so that one compiled program serves; the rest is cut off.
            images = program(random.fold_in(base, start)).numpy()
            yield quantise(images, "the generator")[: count - start]

    def drawn(count):
        if labels is None:
            return None
        base, found = random.make_seed(seed), []
        for start in range(0, count, batch):
            # The draw of `make`: stream 1 of the batch's seed.
            found.append(labels(random.fold_in(random.fold_in(base, start), 1), batch).numpy())
        return np.concatenate(found)[:count]

    def classes(count):
        return drawn(count).argmax(axis=1) if labels is not None and are_classes else None

    def describe(count):
        made = program.get_concrete_function(tf.TensorSpec([2], tf.int32))
        words = how_shown(made.output_shapes[-1])
        return (
            f"{count} generated images, {_truncation(truncation_psi)}, random noise, seed {seed}"
            + (f", {words}" if words else "")
        )

    return Images("the generator", batches, describe, classes=classes, labels=drawn)


def images_of_saved_model(model, dataset=None, seed=0, batch=BATCH, truncation_psi=1.0) -> Images:
    """Images of a SavedModel with z (and labels) -> images, as ada-export writes it.

    Args:
        model: path of the SavedModel, which may come from a stranger, or a `SavedGenerator`.
        dataset: ImageDataset with the labels of a conditional one; without it all labels are 0.
        seed: integer.
        batch: images at a time.
        truncation_psi: 1 is without truncation, as papers score.

    Raises:
        UserError: it is refused, see `SavedGenerator`; or it takes labels that the data set has not.
    """
    if not isinstance(model, SavedGenerator):
        model = SavedGenerator(model, truncation_psi)
    if dataset is not None:
        model.check_labels(dataset)

    def batches(count):
        base = random.make_seed(seed)
        for start in range(0, count, batch):
            images = model(random.fold_in(base, start), batch, dataset)
            yield quantise(images, "the SavedModel", check_range=True)[: count - start]

    def describe(count):
        return (
            f"{count} images of a SavedModel, {_truncation(model.psi)}, its own noise, seed {seed}"
        )

    return Images("the SavedModel", batches, describe)


class SavedGenerator:
    """The generator of a SavedModel.

    Args:
        path: of the SavedModel, which may come from a stranger.
        truncation_psi: 1 is without truncation.

    Raises:
        UserError: it is refused, see `foreign_model`; its signature is another; or it is an export
            of another version of ada_tf.
    """

    def __init__(self, path, truncation_psi=1.0):
        self.psi, self._name = truncation_psi, f"network={printable(path)!r}"
        self._model = load_saved_model(path)  # the functions below use its weights
        check_format(path)
        with reading(self._name, "a SavedModel with a signature serving_default"):
            self._signature = self._model.signatures["serving_default"]
            self._inputs = dict(self._signature.structured_input_signature[1])
        # A Keras model that was saved as any other object calls its only input `inputs`.
        self._z = next(iter(self._inputs), None) if len(self._inputs) == 1 else "z"
        if self._z not in self._inputs:
            raise UserError(
                f"{self._name} takes {', '.join(self._inputs)[:200] or 'nothing'}; must take z,"
                " float32 [N, z_dim]."
            )
        if truncation_psi != 1 and "truncation_psi" not in self._inputs:
            raise UserError(
                f"trunc={truncation_psi:g}: {self._name} takes no truncation_psi; use 1."
            )
        vectors = self._inputs.get("labels")
        if vectors is not None and not _is_matrix(vectors):
            raise UserError(
                f"{self._name} takes labels {vectors.dtype.name} {vectors.shape}; must take float32"
                f" [N, label_dim], with a label_dim of 1 to {_MAX_Z}."
            )
        z = self._inputs[self._z]
        if not _is_matrix(z):
            raise UserError(
                f"{self._name} takes z {z.dtype.name} {z.shape}; must take z, float32 [N, z_dim],"
                f" with a z_dim of 1 to {_MAX_Z}."
            )

    @property
    def conditional(self) -> bool:
        """True if it takes labels."""
        return any(name in self._inputs for name in _LABELS)

    def check_labels(self, dataset) -> None:
        """Refuse a data set without the labels that it takes.

        Raises:
            UserError: naming both.
        """
        if self.conditional and (dataset is None or dataset.labels is None):
            raise UserError(f"{self._name} takes labels; give data with labels (--cond).")
        vectors = self._inputs.get("labels")
        if vectors is not None and vectors.shape[1] != dataset.label_dim:
            raise UserError(
                f"{self._name} takes labels of {vectors.shape[1]} numbers; {dataset.name} has"
                f" {dataset.label_space.in_words()}."
            )
        if "label" in self._inputs and not dataset.label_space.are_classes:
            raise UserError(
                f"{self._name} takes class numbers; {dataset.name} has"
                f" {dataset.label_space.in_words()}."
            )

    def __call__(self, seed, batch: int = BATCH, dataset=None) -> np.ndarray:
        """Make one batch: [batch, H, W, 1 to 4] of any type; with labels 0 without a data set."""
        z = random.normal(random.fold_in(seed, 0), [batch, self._inputs[self._z].shape[1]])
        given = {self._z: z, "truncation_psi": self._psis(batch)}
        if self.conditional:
            given |= self._labels(random.fold_in(seed, 1), batch, dataset)
        with reading(self._name, "a generator"):
            outputs = self._signature(**{k: v for k, v in given.items() if k in self._inputs})
            images = next((output.numpy() for output in outputs.values()), np.zeros([0]))
        if images.ndim != 4 or len(images) != batch or not 1 <= images.shape[3] <= RGBA:
            raise UserError(
                f"{self._name} makes images {list(images.shape)} of {batch} z; must make"
                " [N, H, W, 1 to 4]."
            )
        return images

    def _psis(self, batch: int):
        """One number for each image, or one for all as exports of 0.1 take it."""
        spec = self._inputs.get("truncation_psi")
        each = spec is not None and spec.shape.rank == 1
        return tf.fill([batch] if each else [], tf.cast(self.psi, tf.float32))

    def _labels(self, seed, batch: int, dataset) -> dict:
        vectors = self._inputs.get("labels")
        if dataset is None and vectors is not None:
            return {"labels": tf.zeros([batch, vectors.shape[1]])}
        if dataset is None:
            return {"label": tf.zeros([batch], tf.int32)}
        labels = random_labels(dataset, seed, batch)
        if vectors is not None:
            return {"labels": label_vectors(labels, vectors.shape[1])}
        return {"label": tf.cast(labels, tf.int32)}


def _is_matrix(spec) -> bool:
    """Return True for an input of float32 [N, 1 to _MAX_Z]."""
    known = spec.dtype == tf.float32 and spec.shape.rank == 2
    return known and 0 < (spec.shape[1] or 0) <= _MAX_Z


def _truncation(psi: float) -> str:
    return "no truncation" if psi == 1 else f"truncation psi {psi:g}"


def quantise(images: np.ndarray, source: str, check_range: bool = False) -> np.ndarray:
    """Images as feature networks are shown them, see `as_shown`: floats in [-1, 1] become bytes.

    Args:
        images: uint8, uint16 or float [N, H, W, C].
        source: whose images, for messages.
        check_range: refuse floats that are all positive, as in [0, 1] or [0, 255].

    Raises:
        UserError: there are values that are no pixels.
    """
    if images.dtype in (np.uint8, np.uint16):
        return as_shown(images)
    if images.dtype.kind != "f":
        raise UserError(
            f"images of {source} are {images.dtype}; must be uint8 or float in [-1, 1]."
        )
    if not np.isfinite(images).all():
        raise UserError(f"images of {source} hold NaN or infinity; no metric can be computed.")
    if check_range and images.min() >= 0:
        raise UserError(
            f"images of {source} lie in [{images.min():g}, {images.max():g}]; floats must span"
            " [-1, 1], or give uint8."
        )
    return as_shown(to_uint8(images))


def label_sampler(generator, dataset):
    """A function (seed, N) -> labels of random real images, vectors [N, c_dim]; None without labels.

    Raises:
        UserError: the generator is conditional, and the data set has no such labels.
    """
    if not generator.c_dim:
        return None
    check_labels(generator, dataset)
    return lambda seed, count: label_vectors(random_labels(dataset, seed, count), generator.c_dim)


def check_labels(generator, dataset) -> None:
    """Refuse a data set whose labels are not those of a conditional generator.

    Raises:
        UserError: it has none, or others.
    """
    if dataset is None or dataset.labels is None:
        raise UserError("the generator is conditional; give the data set it was trained on.")
    if dataset.label_dim != generator.c_dim:
        raise UserError(
            f"{dataset.name} has {dataset.label_space.in_words()}; the generator knows"
            f" {generator.c_dim}."
        )


def random_labels(dataset, seed, count: int):
    """Labels of uniformly random images of a data set: class numbers int64 [count], or vectors."""
    indices = random.integers(seed, [count], 0, dataset.num_images)
    return tf.gather(tf.constant(dataset.labels), indices)
