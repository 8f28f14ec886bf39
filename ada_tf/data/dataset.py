"""The data set the trainer sees: labels, counts and one stream of batches."""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from ada_tf.data.config import DataConfig
from ada_tf.data.prepared import fingerprint
from ada_tf.data.prepared.records import record_names
from ada_tf.errors import UserError
from ada_tf.label_space import AS_IT_IS, LEAST_DEVIATION, MAX_VECTOR, NO_LABELS, LabelSpace
from ada_tf.ops import random
from ada_tf.ops.graph import plain
from ada_tf.shape import Shape

# The order of the stream: a fresh permutation of all images every epoch.
#
# Position k of the stream is item k % n of permutation k // n, and a permutation is a pure function
# of (seed, epoch). So the stream can be entered anywhere, and a resumed run sees the images that
# the uninterrupted one would have seen.


def permutation(seed, size: int):
    """Draw a uniformly random permutation of {0, ..., size - 1}.

    `tf.random.experimental.index_shuffle` would need no memory, but it is far from uniform:
    with 100 items, some never come first in 3,000 epochs and others three times too often.

    Args:
        seed: int32 [2].
        size: number of items.

    Returns:
        int32 [size].
    """
    return tf.argsort(random.bits(seed, [size]), stable=True)


def shuffled_indices(size: int, seed: int, start: int = 0, stream: int = 0) -> tf.data.Dataset:
    """Stream the indices of `size` images from stream position `start` on, forever.

    Args:
        size: number of images in an epoch.
        seed: base seed, a Python integer.
        start: first stream position, counted in images.
        stream: number of the order: each is another one of the same seed.

    Returns:
        Infinite data set of int32 scalars; all images once, then all again in another order.
    """
    base = random.fold_in(random.fold_in(random.make_seed(seed), "order"), stream)
    epoch, done = divmod(start, size)

    def one_epoch(number):
        order = permutation(random.fold_in(base, number), size)
        return tf.data.Dataset.from_tensor_slices(order)

    epochs = tf.data.Dataset.counter(epoch, dtype=tf.int64)
    return epochs.flat_map(plain(one_epoch)).skip(done)


@dataclasses.dataclass(frozen=True, eq=False)
class ImageDataset:
    """Images of one shape and 8 or 16 bits, some of them flipped, with or without labels.

    Attributes:
        name: short name for folders and logs.
        store: where the pixels are, `ResidentImages` or `RecordImages`.
        items: int64 [num_images], the image of the store behind each index.
        flips: bool [num_images], whether it is shown flipped horizontally.
        labels: class numbers, int64 [num_images]; vectors, float32 [num_images, label_dim]; or None.
        label_space: what they mean; empty without labels.
        fingerprint: hexadecimal hash of the pixels of all images in the store, in their order,
            and of labels and their names if they are used. Two data sets of one fingerprint and
            the same settings are the same.
        seed: decides the order of the stream.
        validation: the held-out images, or None.
        prepared_in: folder of the prepared set, which holds its data_report.txt; None for others.
    """

    name: str
    store: object
    items: np.ndarray
    flips: np.ndarray
    labels: np.ndarray | None = None
    label_space: LabelSpace = NO_LABELS
    fingerprint: str = ""
    seed: int = 0
    validation: "ImageDataset | None" = None
    prepared_in: pathlib.Path | None = None

    @property
    def num_images(self) -> int:
        """Number of images of an epoch, flipped copies included."""
        return len(self.items)

    @property
    def num_originals(self) -> int:
        """Number of images of an epoch, flipped copies not counted."""
        return int(np.count_nonzero(~self.flips))

    @property
    def shape(self) -> Shape:
        """Shape of the images."""
        return self.store.shape

    @property
    def bits(self) -> int:
        """Bits per channel, 8 or 16."""
        return self.store.bits

    @property
    def num_classes(self) -> int:
        """Number of classes; 0 without."""
        return self.label_space.num_classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; () without."""
        return self.label_space.class_names

    @property
    def label_dim(self) -> int:
        """Width of the label vectors that networks are given; 0 without labels."""
        return self.label_space.label_dim

    @property
    def class_frequencies(self) -> np.ndarray:
        """Share of each class in the images, float32 [num_classes], summing to 1."""
        if not self.label_space.are_classes:
            return np.zeros([0], np.float32)
        counts = np.bincount(self.labels, minlength=self.num_classes)
        return (counts / self.num_images).astype(np.float32)

    @property
    def label_source(self) -> np.ndarray | None:
        """Labels from which those of fakes are drawn, as in `StyleGAN2ADA`; None without labels."""
        return self.class_frequencies if self.label_space.are_classes else self.labels

    def batches(self, batch_size: int, start_image: int = 0, stream: int = 0) -> tf.data.Dataset:
        """Stream batches forever; every epoch shows every image once, in a new order.

        `batches(B, start_image=s)` gives exactly what `batches(B)` gives after s images.

        Args:
            batch_size: images a batch; every batch is full.
            start_image: stream position of the first image.
            stream: 0, or the number of another order of the same seed.

        Returns:
            Infinite data set of {"images": uint8 or uint16 [B, H, W, C], "labels": int32 [B], or vectors,
            float32 [B, label_dim]}; labels are 0 where there are none.

        Raises:
            UserError: there are fewer images than a batch needs.
        """
        return self._load(self._index_batches(batch_size, start_image, stream))

    def distribute(self, strategy, batch_size: int, start_image: int = 0, stream: int = 0):
        """Stream the same batches to replicas: each gets its share, machines read only theirs.

        Args:
            strategy: of tf.distribute.
            batch_size: images of all replicas together, a multiple of their number.
            start_image: stream position of the first image.
            stream: 0, or the number of another order of the same seed.

        Returns:
            Infinite distributed data set; replica r of n holds images r B/n to (r + 1) B/n - 1 of
            each batch.
        """
        share = batch_size // strategy.num_replicas_in_sync

        def local(context):
            first = context.input_pipeline_id * batch_size // context.num_input_pipelines
            last = (context.input_pipeline_id + 1) * batch_size // context.num_input_pipelines
            batches = self._index_batches(batch_size, start_image, stream)
            batches = batches.map(plain(lambda indices: indices[first:last]))
            # The replicas of a machine take the elements of its stream in turn.
            return self._load(batches.unbatch().batch(share, drop_remainder=True))

        return strategy.distribute_datasets_from_function(local)

    def _index_batches(self, batch_size, start_image, stream) -> tf.data.Dataset:
        if not 1 <= batch_size <= self.num_images:
            raise UserError(
                f"batch_size={batch_size}: must be between 1 and the {self.num_images} "
                f"images of the data set {self.name}."
            )
        with tf.device("CPU"):
            indices = shuffled_indices(self.num_images, self.seed, start_image, stream)
            return indices.batch(batch_size, drop_remainder=True)

    def _load(self, index_batches) -> tf.data.Dataset:
        labels = self.label_of(np.arange(self.num_images))
        dtype = tf.int32 if labels.ndim == 1 else tf.float32

        def load(indices):
            return {"images": self._read(indices), "labels": tf.gather(labels, indices)}

        with tf.device("CPU"):
            labels = tf.constant(labels, dtype)
            stream = index_batches.map(plain(load), num_parallel_calls=tf.data.AUTOTUNE)
            # With its default optimisations tf.data keeps a copy of all pixels that `load` reads.
            options = tf.data.Options()
            options.experimental_optimization.apply_default_optimizations = False
            # The thread that tunes is not woken when the interpreter ends (TensorFlow 2.21): a program
            # waited for it, up to a minute after its last line. Untuned, each core reads a batch.
            options.autotune.enabled = False
            return stream.prefetch(tf.data.AUTOTUNE).with_options(options)

    def images(self, indices) -> np.ndarray:
        """Read images by index: integers [n] -> uint8 or uint16 [n, H, W, C]."""
        with tf.device("CPU"):
            try:
                return self._read(tf.constant(np.asarray(indices), tf.int32)).numpy()
            except tf.errors.InvalidArgumentError:
                self.raise_damage()
                raise

    def names(self, indices) -> list[str]:
        """Names of images by index, integers [n]: paths inside the folder or zip file they are from.

        Those that come from no files are called by their number: "image 7", "creature 7".
        """
        items = self.items[np.asarray(indices, np.int64)]
        records = getattr(self.store, "origin", self.store)
        if records is None:
            return [f"image {item}" for item in items.tolist()]
        return record_names(records, items)

    def raise_damage(self) -> None:
        """Say which image a batch has found damaged, after TensorFlow failed over it.

        Raises:
            UserError: naming the file; nothing is raised if no image was found damaged.
        """
        self.store.raise_damage()

    def label_of(self, indices) -> np.ndarray:
        """Look up labels by index, integers [n], as in `labels`; int64 0 where there are none."""
        indices = np.asarray(indices)
        return np.zeros(indices.shape, np.int64) if self.labels is None else self.labels[indices]

    def _read(self, indices):
        """Read images inside or outside a graph: int32 [n] -> uint8 or uint16 [n, H, W, C]."""
        images = self.store.read(tf.gather(self.items, indices))
        if not self.flips.any():
            return images
        flips = tf.gather(self.flips, indices)[:, None, None, None]  # [n, 1, 1, 1]
        return tf.where(flips, tf.reverse(images, [2]), images)


# Selection: images that are trained on, held out, flipped.


def select(name: str, store, labels, space: LabelSpace, config: DataConfig) -> ImageDataset:
    """Apply `subset`, `validation`, `mirror` and `cond`.

    The training subset is taken from the front of one seeded permutation, the held-out images
    from its end: subsets of growing size are nested and share the held-out images.

    Args:
        name: short name of the data set.
        store: holds all images.
        labels: as in `ImageDataset`, of all of them.
        space: what they mean.
        config: the user's wishes.

    Returns:
        The data set, with its `validation` if any is asked for.
    """
    total = store.num_images
    if config.cond and labels is None:
        raise UserError(
            f"cond=True: {name} has no labels; they come from class sub-folders, from the label "
            "feature of a TFDS data set, or from a labels.csv or dataset.json with a label for "
            "every image."
        )
    held_out = config.validation
    wanted = total - held_out if config.subset is None else config.subset
    if wanted < 1 or wanted + held_out > total:
        asked, problem = f"validation={held_out}", "which leaves none to train on"
        if config.subset is not None:
            asked = f"subset={config.subset}, {asked}" if held_out else f"subset={config.subset}"
            problem = "fewer than both ask for" if held_out else "fewer than that"
        raise UserError(f"{asked}: {name} has {total} images, {problem}; give a smaller number.")
    order = np.arange(total)
    if wanted < total:
        np.random.RandomState(config.seed % 2**32).shuffle(order)

    labels, space = (labels, _measured(space, labels)) if config.cond else (None, NO_LABELS)
    content = fingerprint.of_dataset(store.fingerprint, labels, space)

    def part(items, validation=None):
        items = np.sort(items)
        flips = np.zeros(len(items), bool)
        if config.mirror:
            flips = np.concatenate([flips, ~flips])
            items = np.tile(items, 2)
        return ImageDataset(
            name=name,
            store=store,
            items=items,
            flips=flips,
            labels=None if labels is None else labels[items],
            label_space=space,
            fingerprint=content,
            seed=config.seed,
            validation=validation,
        )

    validation = part(order[total - held_out :]) if held_out else None
    return part(order[:wanted], validation)


# Networks see the sum of all attributes, each times a weight of about 1: what spreads over hundreds,
# or lies around thousands, drowns what is 0 or 1, and is drowned by it if it spreads over hundredths.
# One attribute of 1,000 images that has a 1 spreads over 0.03, and is heard where it is.
_SMALLEST, _LARGEST = 0.02, 5.0
_DIGITS = 6  # of what is kept: sums differ in their last digits from machine to machine


def _measured(space: LabelSpace, labels: np.ndarray) -> LabelSpace:
    """A space that knows shares of classes, values of attributes, and the scales that these need.

    Of all images, so that parts of a data set agree. A median is a value that occurs: of an
    attribute that is there or not, what most images have.
    """
    if 0 < space.num_classes <= MAX_VECTOR:  # of more a configuration would be too long
        known = labels[:, : space.num_classes] if space.attributes else labels
        counts = (
            known.sum(axis=0)
            if space.attributes
            else np.bincount(known, minlength=space.num_classes)
        )
        shares = tuple(_rounded(count / len(labels)) for count in counts)
        space = dataclasses.replace(space, shares=shares)
    if not space.attributes:
        return space
    ordered = np.sort(labels[:, space.num_classes :], axis=0)
    ends = ordered[[0, (len(ordered) - 1) // 2, -1]]  # [3, attributes]
    scales = tuple(_scale(column) for column in ordered.T.astype(np.float64))
    return dataclasses.replace(
        space,
        ranges=tuple(map(tuple, ends.T.tolist())),
        scales=() if all(scale == AS_IT_IS for scale in scales) else scales,
    )


def _scale(values: np.ndarray) -> tuple[float, float]:
    """(mean, deviation) by which networks standardise an attribute, sorted; `AS_IT_IS` if it needs none."""
    mean, deviation = _rounded(values.mean()), _rounded(values.std())
    span = values[-1] - values[0]
    small = 0 < span < 1 and deviation < _SMALLEST
    if not small and max(abs(mean), deviation) <= _LARGEST:
        return AS_IT_IS
    # The same in all images: nothing to divide by.
    return mean, max(deviation, LEAST_DEVIATION) if span else 1.0


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


# The grid of real images.


def grid_selection(dataset, columns: int, rows: int, seed: int = 0) -> np.ndarray:
    """Choose the images of a grid.

    Without class numbers: all images shuffled, taken in turn, starting over when they run out.
    With them: row y shows class number y mod (number of classes that occur); the next row of the
    same class goes on where the last one stopped.

    Args:
        dataset: an `ImageDataset`.
        columns: images in a row.
        rows: images in a column.
        seed: which selection.

    Returns:
        int64 [rows * columns], indices into the data set, row by row.
    """
    shuffler = np.random.RandomState(seed)
    if not dataset.label_space.are_classes:
        groups = [np.arange(dataset.num_images)]
    else:
        groups = [np.flatnonzero(dataset.labels == label) for label in np.unique(dataset.labels)]
    for group in groups:
        shuffler.shuffle(group)
    chosen = []
    for row in range(rows):
        visit, number = divmod(row, len(groups))
        group = groups[number]
        places = visit * columns + np.arange(columns)
        chosen.append(group[places % len(group)])
    return np.concatenate(chosen)
