"""Images that generators make, as an evaluation wants them: bytes, a batch at a time."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf.channels import RGBA, how_shown
from ada_tf.errors import UserError
from ada_tf.files import printable, reading
from ada_tf.images import as_shown, to_uint8
from ada_tf.interop.export.folders import check_format
from ada_tf.interop.foreign.foreign_model import load_saved_model
from ada_tf.ops import choice, graph, random
from ada_tf.ops.label_vectors import label_vectors

BATCH = 32  # images generated and looked at a time
LABELS = (
    "label",
    "labels",
)  # inputs of a SavedModel: class numbers int32 [N], vectors [N, label_dim]
MAX_Z = 2**16  # widest z of a SavedModel; published generators have 64 to 512


class GeneratorImages:
    """Images of a Generator: random latents, labels of random data set images, fresh noise.

    The draws depend on `seed` and `batch` alone, so a score repeats itself.

    Args:
        generator: usually the averaged one.
        dataset: gives the labels of a conditional generator.
        seed: integer.
        batch: images at a time.
        truncation_psi: 1, as papers score, is all the generator can do.
    """

    count, names = None, None  # there is no end to them, and they are no files

    def __init__(self, generator, dataset=None, seed=0, batch=BATCH, truncation_psi=1.0):
        self.generator, self.seed, self.batch = generator, seed, batch
        self._psi = truncation_psi
        self.labels = label_sampler(generator, dataset)
        self._are_classes = dataset is not None and dataset.label_space.are_classes

        def program(seed):
            z = random.normal(random.fold_in(seed, 0), [batch, generator.z_dim])
            c = None if self.labels is None else self.labels(random.fold_in(seed, 1), batch)
            return generator(
                z, c, truncation_psi=truncation_psi, noise_mode="random",
                seed=random.fold_in(seed, 2),
            )  # fmt: skip

        self._program = graph(program, choice.on_gpu())

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """`count` images, uint8 [N, R, R, C] at a time."""
        base = random.make_seed(self.seed)
        for start in range(0, count, self.batch):
            images = self._program(random.fold_in(base, start)).numpy()
            yield quantise(images, "the generator")[: count - start]

    def describe(self, count: int) -> str:
        """The protocol in words."""
        made = self._program.get_concrete_function(tf.TensorSpec([2], tf.int32))
        words = how_shown(made.output_shapes[-1])
        return (
            f"{count} generated images, {_truncation(self._psi)}, random noise, seed {self.seed}"
            + (f", {words}" if words else "")
        )

    def classes(self, count: int) -> np.ndarray | None:
        """Class numbers of the first `count` images, int64 [count]; None where labels are none."""
        if self.labels is None or not self._are_classes:
            return None
        base, found = random.make_seed(self.seed), []
        for start in range(0, count, self.batch):
            seed = random.fold_in(random.fold_in(base, start), 1)
            found.append(self.labels(seed, self.batch).numpy().argmax(axis=1))
        return np.concatenate(found)[:count]


class SavedModelImages:
    """Images of a SavedModel with z (and label) -> images, as ada-export writes it.

    Args:
        path: of the SavedModel, which may come from a stranger.
        dataset: gives the labels of a conditional one; or see `label_by`.
        seed: integer.
        batch: images at a time.
        truncation_psi: 1, as papers score, is all the generator can do.

    Raises:
        UserError: it is refused, see `interop.foreign_model`, its signature is another, or it is an
            export of another version of ada_tf.
    """

    count, names = None, None  # there is no end to them, and they are no files

    def __init__(self, path, dataset=None, seed=0, batch=BATCH, truncation_psi=1.0):
        self.seed, self.batch, self._dataset = seed, batch, None
        self._psi = truncation_psi
        self._name = f"network={printable(path)!r}"
        self._model = load_saved_model(path)  # the functions below use its weights
        check_format(path)
        with reading(self._name, "a SavedModel with a signature serving_default"):
            self._signature = self._model.signatures["serving_default"]
            self._inputs = dict(self._signature.structured_input_signature[1])
        # A Keras model saved as any other object calls its only input `inputs`.
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
        if vectors is not None and (
            vectors.dtype != tf.float32
            or vectors.shape.rank != 2
            or not 0 < (vectors.shape[1] or 0) <= MAX_Z
        ):
            raise UserError(
                f"{self._name} takes labels {vectors.dtype.name} {vectors.shape}; must take float32"
                f" [N, label_dim], with a label_dim of 1 to {MAX_Z}."
            )
        z = self._inputs[self._z]
        self._z_dim = z.shape[1] if z.shape.rank == 2 else None
        if z.dtype != tf.float32 or self._z_dim is None or not 0 < self._z_dim <= MAX_Z:
            raise UserError(
                f"{self._name} takes z {z.dtype.name} {z.shape}; must take z, float32 [N, z_dim],"
                f" with a z_dim of 1 to {MAX_Z}."
            )
        if dataset is not None:
            self.label_by(dataset)

    @property
    def conditional(self) -> bool:
        """Whether it takes labels."""
        return any(name in self._inputs for name in LABELS)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of its images, found by making some."""
        return self._run(random.make_seed(self.seed)).shape[1:]

    def label_by(self, dataset) -> None:
        """Give it labels of random images of a data set, if it takes any.

        Raises:
            UserError: it does, and the data set has none.
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
        self._dataset = dataset

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """`count` images, uint8 [N, R, R, C] at a time."""
        base = random.make_seed(self.seed)
        for start in range(0, count, self.batch):
            images = self._run(random.fold_in(base, start))
            yield quantise(images, "the SavedModel", check_range=True)[: count - start]

    def _run(self, seed) -> np.ndarray:
        """The images of one batch."""
        z = random.normal(random.fold_in(seed, 0), [self.batch, self._z_dim])
        given = {self._z: z, "truncation_psi": self._psis()}
        if self.conditional:
            given |= self._labels(random.fold_in(seed, 1))
        with reading(self._name, "a generator"):
            outputs = self._signature(**{k: v for k, v in given.items() if k in self._inputs})
            images = next((output.numpy() for output in outputs.values()), np.zeros([0]))
        if images.ndim != 4 or len(images) != self.batch or not 1 <= images.shape[3] <= RGBA:
            raise UserError(
                f"{self._name} makes images {list(images.shape)} of {self.batch} z; must make"
                " [N, H, W, 1 to 4]."
            )
        return images

    def _psis(self):
        """One for each image, or one for all as exports of 0.1 take it."""
        spec = self._inputs.get("truncation_psi")
        each = spec is not None and spec.shape.rank == 1
        return tf.fill([self.batch] if each else [], tf.cast(self._psi, tf.float32))

    def _labels(self, seed) -> dict:
        """Its input of labels: those of random images, or any while no data set is known."""
        vectors = self._inputs.get("labels")
        if self._dataset is None and vectors is not None:
            return {"labels": tf.zeros([self.batch, vectors.shape[1]])}
        if self._dataset is None:
            return {"label": tf.zeros([self.batch], tf.int32)}
        labels = random_labels(self._dataset, seed, self.batch)
        if vectors is not None:
            return {"labels": label_vectors(labels, vectors.shape[1])}
        return {"label": tf.cast(labels, tf.int32)}

    def classes(self, count: int) -> None:
        """Which labels it was given is not looked up."""

    def describe(self, count: int) -> str:
        """The protocol in words."""
        return f"{count} images of a SavedModel, {_truncation(self._psi)}, its own noise, seed {self.seed}"


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
    """A function (seed, N) -> label vectors [N, c_dim] of random images, or None without labels."""
    if not generator.c_dim:
        return None
    if dataset is None or dataset.labels is None:
        raise UserError("the generator is conditional; give the data set it was trained on.")
    if dataset.label_dim != generator.c_dim:
        raise UserError(
            f"{dataset.name} has {dataset.label_space.in_words()}; the generator knows"
            f" {generator.c_dim}."
        )
    return lambda seed, count: label_vectors(random_labels(dataset, seed, count), generator.c_dim)


def random_labels(dataset, seed, count: int):
    """Labels of uniformly random images of a data set: class numbers int64 [count], or vectors."""
    indices = random.integers(seed, [count], 0, dataset.num_images)
    return tf.gather(tf.constant(dataset.labels), indices)
