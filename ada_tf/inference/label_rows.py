"""Labels of a grid in which each row shows one thing: a class, or an attribute from low to high."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace

ROWS = ("classes", "attributes")
STEPS = 7  # columns from the lowest value of an attribute to the highest
MOST = 4096  # images of a grid that people can look at, and whose rendering they wait for


@dataclasses.dataclass(frozen=True)
class Rows:
    """Labels of a grid, row by row.

    Attributes:
        seeds: of each image.
        labels: of each image or of all, as `generate` takes them.
        columns: images of a row.
    """

    seeds: list[int]
    labels: object
    columns: int


def class_rows(space: LabelSpace, seeds: Sequence[int], attributes: Mapping[str, float]) -> Rows:
    """A row for each class, a column for each seed.

    Args:
        space: what the generator knows.
        seeds: of the columns.
        attributes: as in `LabelSpace.vector`, of all images.

    Raises:
        UserError: there are no classes, or too many, or no such attribute.
    """
    if not space.num_classes:
        raise UserError("rows='classes': this generator has no classes.")
    _check_count(space.num_classes * len(seeds), "classes")
    space.vector({}, attributes)  # refuses what there is not
    classes = np.repeat(np.arange(space.num_classes), len(seeds))
    labels = classes
    if not space.are_classes:
        labels = np.array([space.vector({int(k): 1.0}, attributes) for k in classes], np.float32)
    return Rows(list(seeds) * space.num_classes, labels, len(seeds))


def attribute_rows(space: LabelSpace, seeds: Sequence[int], label: Sequence[float]) -> Rows:
    """A row for each attribute and seed, in which that attribute goes from low to high.

    Args:
        space: what the generator knows.
        seeds: one after the other in the rows of an attribute.
        label: vector of all else, `label_dim` floats.

    Raises:
        UserError: there are no attributes, or too many, or nobody knows their ranges.
    """
    if not space.ranges:
        raise UserError(
            "rows='attributes': this generator has no attributes of which the lowest and the highest"
            " value are known."
        )
    rows = len(space.attributes) * len(seeds)
    _check_count(rows * STEPS, "attributes")
    labels = np.tile(np.array(label, np.float32), (len(space.attributes), len(seeds), STEPS, 1))
    for number, (low, _, high) in enumerate(space.ranges):
        labels[number, :, :, space.num_classes + number] = np.linspace(low, high, STEPS)
    each = np.tile(np.repeat(list(seeds), STEPS), len(space.attributes))
    return Rows(each.tolist(), labels.reshape(rows * STEPS, -1), STEPS)


def _check_count(count: int, rows: str) -> None:
    if count > MOST:
        raise UserError(
            f"rows={rows!r} makes a grid of {count} images, at most {MOST}; give fewer seeds."
        )
