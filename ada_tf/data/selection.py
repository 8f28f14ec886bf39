"""Which images of a store are trained on, which are held out, which are flipped."""

import dataclasses

import numpy as np

from ada_tf.data.config import DataConfig
from ada_tf.data.dataset import ImageDataset
from ada_tf.data.prepared import fingerprint
from ada_tf.errors import UserError
from ada_tf.label_space import NO_LABELS, LabelSpace


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
        raise UserError(
            f"subset={config.subset}, validation={held_out}: {name} has {total} images, and "
            "both together must leave at least one for training and need no more than that."
        )
    order = np.arange(total)
    if wanted < total:
        np.random.RandomState(config.seed % 2**32).shuffle(order)

    labels, space = (labels, _with_ranges(space, labels)) if config.cond else (None, NO_LABELS)
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


def _with_ranges(space: LabelSpace, labels: np.ndarray) -> LabelSpace:
    """A space that knows the lowest, median and highest value of each attribute in the data.

    Of all images, so that parts of a data set agree. A median is a value that occurs: of an
    attribute that is there or not, what most images have.
    """
    if not space.attributes:
        return space
    ordered = np.sort(labels[:, space.num_classes :], axis=0)
    ends = ordered[[0, (len(ordered) - 1) // 2, -1]]  # [3, attributes]
    return dataclasses.replace(space, ranges=tuple(map(tuple, ends.T.tolist())))
