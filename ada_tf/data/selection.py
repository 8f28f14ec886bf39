"""Which images of a store are trained on, which are held out, which are flipped."""

import numpy as np

from ada_tf.data.config import DataConfig
from ada_tf.data.dataset import ImageDataset
from ada_tf.data.prepared import fingerprint
from ada_tf.errors import UserError


def select(
    name: str, store, labels, num_classes: int, config: DataConfig, class_names=()
) -> ImageDataset:
    """Apply `subset`, `validation`, `mirror` and `cond`.

    The training subset is taken from the front of one seeded permutation, the held-out images
    from its end: subsets of growing size are nested and share the held-out images.

    Args:
        name: short name of the data set.
        store: holds all images.
        labels: int64 [n] or None.
        num_classes: number of classes of `labels`.
        config: the user's wishes.
        class_names: their names, if they have any.

    Returns:
        The data set, with its `validation` if any is asked for.
    """
    total = store.num_images
    if config.cond and labels is None:
        raise UserError(
            f"cond=True: {name} has no class labels; they come from class sub-folders, from the "
            "label feature of a TFDS data set, or from a dataset.json with a label for every "
            "image."
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

    content = fingerprint.of_dataset(
        store.fingerprint, labels if config.cond else None, class_names
    )

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
            labels=labels[items] if config.cond else None,
            num_classes=num_classes if config.cond else 0,
            class_names=tuple(class_names) if config.cond else (),
            fingerprint=content,
            seed=config.seed,
            validation=validation,
        )

    validation = part(order[total - held_out :]) if held_out else None
    return part(order[:wanted], validation)
