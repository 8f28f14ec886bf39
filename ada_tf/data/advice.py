"""Advice on a folder before training on it, for the first lines of a log."""

from collections.abc import Iterator

import numpy as np

from ada_tf.data import decode
from ada_tf.data.prepared import data_report
from ada_tf.data.prepared.prepared_set import Prepared
from ada_tf.data.sources.source import DRAWN, Source, counted_runs
from ada_tf.files import listed
from ada_tf.label_space import AS_IT_IS


def label_advice(dataset) -> Iterator[str]:
    """One line for each attribute of an ImageDataset that says nothing, or that networks standardise."""
    space = dataset.label_space
    scales = space.scales or (AS_IT_IS,) * len(space.attributes)
    for column, name in enumerate(space.attributes, start=space.num_classes):
        mean, deviation = scales[column - space.num_classes]
        if np.ptp(dataset.labels[:, column]) == 0:
            yield f"labels: {name} is the same in all images, which says nothing"
        elif (mean, deviation) != AS_IT_IS:
            yield (
                f"labels: {name} has a mean of {mean:.3g} and a standard deviation of {deviation:.3g};"
                " StyleGAN2 standardises it inside, and you go on to ask for it as it is in the data"
            )


# Sets of 100 images are the smallest that networks were trained on from scratch with success
# (arXiv:2006.10738, section 4.4), and these show one face or kind of animal each, cut out alike.
FEW = 100
_NAMES = 3  # of classes, that a line shows


def about_source(source: Source) -> Iterator[str]:
    """Lines about what is in a folder or archive and left out of the data."""
    if source.runs:
        yield f"data: left out: {counted_runs(source.runs)}, whose pictures are no data to learn from"
    if source.links:
        yield (
            f"data: left out: {source.links} links that lead out of the folder; --follow_links follows"
            " them"
        )
    if source.heic:
        yield (
            f"data: left out: {len(source.heic)} images of HEIC, such as {source.heic[0]};"
            f" {decode.HEIC_ADVICE}"
        )


def about_images(found: Prepared, cond: bool) -> Iterator[str]:
    """Lines about what the preparation did, and about classes that nobody asked for.

    Args:
        found: the prepared images.
        cond: whether they are trained on by their labels.
    """
    for line in data_report.remark_lines(data_report.read_remarks(found.folder)):
        yield f"data: {line}"
    space = found.label_space
    if cond or found.origin["kind"] == DRAWN:
        return
    if space.are_classes and space.num_classes > 1:
        yield (
            f"data: {space.num_classes} classes: {_classes(found)}; --cond learns them apart, without"
            " it they are not told apart"
        )
    elif space.label_dim and not space.are_classes:
        yield f"data: {space.in_words()} in labels; --cond learns them, without it they are not used"


def _classes(found: Prepared) -> str:
    """The largest classes, with how many images they have."""
    space = found.label_space
    counts = np.bincount(found.labels, minlength=space.num_classes)
    order = np.argsort(-counts, kind="stable")
    names = [f"{listed(space.class_names[i : i + 1])} ({counts[i]})" for i in order[:_NAMES]]
    more = len(order) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def about_dataset(dataset) -> Iterator[str]:
    """Lines about what is trained on, an `ImageDataset`."""
    count = dataset.num_originals
    if count < FEW:
        yield (
            f"data: {count} images are few: below about {FEW} expect copies of them; add more of the same"
            " kind, start from trained networks (--resume), and let ada-evaluate look for copies"
        )
    yield from label_advice(dataset)
