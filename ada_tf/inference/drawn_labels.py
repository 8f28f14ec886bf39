"""Labels that nobody asked for, drawn as the data has them, as far as a generator knows."""

import sys

import numpy as np

from ada_tf.files import listed
from ada_tf.label_space import LabelSpace

_SEED = 123
_OF_LABELS = 0x6C61  # beside a seed: its numbers are not those of its z
_SHOWN = 4  # classes or attributes that a line names


def labels_of_seeds(space: LabelSpace, seeds) -> np.ndarray:
    """Draw the label of each seed, the same whatever other seeds there are.

    Classes come as often as in the data. An attribute lies in one half of the draws between its lowest
    and its median value, in the other half above; one whose median is an end, such as one that is there
    or not, has its median.

    Args:
        space: what the generator knows, with labels; classes without known shares come in equal ones.
        seeds: integers, as of `latents_from_seeds`.

    Returns:
        Class numbers, int [N], or where there are attributes vectors, float32 [N, label_dim].
    """
    shares = np.asarray(space.shares or [1.0] * space.num_classes, np.float64)
    ends = np.cumsum(shares) / shares.sum()
    usual = space.vector({}, {})
    found = []
    for seed in seeds:
        draw = np.random.RandomState([seed, _OF_LABELS]).random_sample(1 + len(space.attributes))
        # The last class that has any share takes what rounding leaves.
        chosen = min(int(np.searchsorted(ends, draw[0], side="right")), space.num_classes - 1)
        if space.are_classes:
            found.append(chosen)
            continue
        vector = np.array(usual, np.float32)
        if space.num_classes:
            vector[chosen] = 1
        for number, (low, median, high) in enumerate(space.ranges):
            if low < median < high:
                value = np.interp(draw[1 + number], [0, 0.5, 1], [low, median, high])
                vector[space.num_classes + number] = value
        found.append(vector)
    return np.array(found)


def labels_if_drawn(generator, seeds) -> np.ndarray | None:
    """Draw the labels of seeds for a generator that knows what they mean, and say so in a line.

    Returns:
        As `labels_of_seeds`; None without seeds, without labels, or if nobody knows what they mean.
    """
    space = getattr(generator, "label_space", None)
    if space is None or not space.label_dim or not len(seeds):
        return None
    labels = labels_of_seeds(space, seeds)
    ask = " and ".join(["--class"] * (space.num_classes > 0) + ["--label"] * bool(space.attributes))
    print(
        f"labels: drawn by seed as in the data: {_in_words(space, labels)}; ask for others by {ask},"
        " in Python by labels=",
        file=sys.stderr,
    )
    return labels


def _in_words(space: LabelSpace, labels: np.ndarray) -> str:
    """Count classes, and give the ends of attributes: "2 cat, 1 dog, age 20 to 61"."""
    words = []
    if space.num_classes:
        numbers = labels if space.are_classes else labels[:, : space.num_classes].argmax(axis=1)
        names = space.class_names or [f"class {number}" for number in range(space.num_classes)]
        counts = np.bincount(numbers, minlength=space.num_classes)
        order = [number for number in np.argsort(-counts, kind="stable") if counts[number]]
        words += _some([f"{counts[n]} {listed(names[n : n + 1])}" for n in order])
    columns = [] if space.are_classes else labels[:, space.num_classes :].T
    attributes = []
    for name, values in zip(space.attributes, columns, strict=True):
        low, high = f"{values.min():.3g}", f"{values.max():.3g}"
        attributes.append(f"{listed([name])} {low}" + (f" to {high}" if high != low else ""))
    return ", ".join(words + _some(attributes))


def _some(words: list[str]) -> list[str]:
    more = len(words) - _SHOWN
    return [*words[:_SHOWN], f"{more} more"] if more > 0 else words


def drawn_labels(space: LabelSpace, count: int) -> np.ndarray | None:
    """Draw labels as the data has them, as far as a generator knows: the same whenever it is called.

    Classes come in equal shares, attributes independently of each other. Half of the values lie between the
    lowest and the median, half between the median and the highest; without known ranges all are 0.

    Args:
        space: what the generator knows.
        count: how many.

    Returns:
        float32 [count, label_dim]; None without labels. Of a smaller count, the first ones.
    """
    if not space.label_dim:
        return None
    draw = np.random.RandomState(_SEED).random_sample([count, 1 + len(space.attributes)])
    found = np.zeros([count, space.label_dim], np.float32)
    if space.num_classes:
        classes = (draw[:, 0] * space.num_classes).astype(int)
        found[np.arange(count), classes] = 1
    for number, (low, median, high) in enumerate(space.ranges):
        column = np.interp(draw[:, 1 + number], [0, 0.5, 1], [low, median, high])
        found[:, space.num_classes + number] = column
    return found
