"""Tasks of pictures with labels: what a network is told, and what its answers are worth."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import listed
from ada_tf.label_space import LabelSpace
from ada_tf.metrics.usefulness import CLASSIFY


@dataclasses.dataclass(frozen=True)
class Task:
    """A task, for pictures of one set of labels.

    Attributes:
        measure: its score in words.
        learned: names of the classes or attributes that it is about.
        chance: score of answers that know nothing.
        targets: labels [n] or [n, label_dim] -> float32 [n, outputs].
        loss: of Keras, (targets, answers) -> [n].
        worth: (targets, answers), both float32 [n, outputs] of all pictures of a test -> float64 [n]. Their
            mean is the score.
    """

    measure: str
    learned: tuple[str, ...]
    chance: float
    targets: Callable
    loss: Callable
    worth: Callable

    @property
    def outputs(self) -> int:
        """Numbers that the network answers with."""
        return len(self.learned)


def task_of(name: str, space: LabelSpace, labels: np.ndarray, tested: np.ndarray) -> Task:
    """Find a task in labels.

    Args:
        name: one of TASKS. Classes are classified where there are any, else attributes of two values;
            regressed are attributes of more.
        space: meaning of the labels.
        labels: of the training pictures, as in `ImageDataset`.
        tested: of the pictures of the test.

    Raises:
        UserError: the labels hold no such task, or only one value of it is in the data.
    """
    if name == CLASSIFY and space.num_classes:
        return _classes(space, labels, tested)
    values = [np.unique(column) for column in _attributes(space, labels).T]
    there = [np.unique(column) for column in _attributes(space, tested).T]
    several = [len(a) > 1 and len(b) > 1 for a, b in zip(values, there, strict=True)]
    two = [len(np.union1d(a, b)) == 2 for a, b in zip(values, there, strict=True)]
    fitting = [ok and pair == (name == CLASSIFY) for ok, pair in zip(several, two, strict=True)]
    chosen = np.flatnonzero(fitting)
    if not len(chosen):
        what = (
            "classes, or an attribute of two values,"
            if name == CLASSIFY
            else "an attribute of more values"
        )
        raise UserError(
            f"task={name} must find {what} in training and held-out pictures; their labels have"
            f" {space.in_words() or 'neither classes nor attributes'}."
        )
    names = tuple(space.attributes[number] for number in chosen)
    if name == CLASSIFY:
        return _pairs(space, names, chosen, [values[n][-1] for n in chosen])
    return _numbers(space, names, chosen, _attributes(space, labels)[:, chosen])


def _attributes(space: LabelSpace, labels: np.ndarray) -> np.ndarray:
    """The columns of attributes, float32 [n, attributes]."""
    return (
        labels[:, space.num_classes :]
        if space.attributes
        else np.zeros([len(labels), 0], np.float32)
    )


def _classes(space: LabelSpace, labels: np.ndarray, tested: np.ndarray) -> Task:
    """One of several classes, by softmax."""
    count = space.num_classes
    names = space.class_names or tuple(f"class {number}" for number in range(count))

    def numbers(labels) -> np.ndarray:
        return (
            labels if labels.ndim == 1 else labels[:, :count].argmax(axis=1)
        )  # of a mixture the most

    known, asked = np.unique(numbers(labels)), np.unique(numbers(tested))
    if len(known) < 2:
        raise UserError(
            f"task={CLASSIFY} must find two classes; the training pictures are all {listed(names[known[0] : known[0] + 1])}."
        )
    unknown = np.setdiff1d(asked, known)
    if len(unknown):
        raise UserError(
            f"task={CLASSIFY} must find the classes of held-out pictures among those of training; it has no"
            f" {listed([names[number] for number in unknown])}."
        )

    def worth(targets, answers):
        right = targets.argmax(axis=1)
        return (answers.argmax(axis=1) == right) * _balance(right)

    return Task(
        "balanced accuracy",
        names,
        1 / len(asked),
        lambda labels: np.eye(count, dtype=np.float32)[numbers(labels)],
        keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None),
        worth,
    )


def _pairs(space: LabelSpace, names, chosen, ones) -> Task:
    """Several questions of yes or no, by sigmoids; `ones` are the values that mean yes."""

    def worth(targets, answers):
        right = (answers > 0) == (targets > 0.5)
        return np.mean(
            [r * _balance(t) for r, t in zip(right.T, targets.T > 0.5, strict=True)], axis=0
        )

    return Task(
        "balanced accuracy",
        names,
        0.5,
        lambda labels: (_attributes(space, labels)[:, chosen] == ones).astype(np.float32),
        keras.losses.BinaryCrossentropy(from_logits=True, reduction=None),
        worth,
    )


def _numbers(space: LabelSpace, names, chosen, known) -> Task:
    """Several numbers, each in deviations from its mean over the training pictures."""
    mean, deviation = known.mean(axis=0), known.std(axis=0)

    def worth(targets, answers):
        return 1 - np.mean(
            np.square(answers - targets) / targets.var(axis=0), axis=1, dtype=np.float64
        )

    return Task(
        "R2, the share of variance explained",
        names,
        0.0,
        lambda labels: ((_attributes(space, labels)[:, chosen] - mean) / deviation).astype(
            np.float32
        ),
        keras.losses.MeanSquaredError(reduction=None),
        worth,
    )


def _balance(kinds: np.ndarray) -> np.ndarray:
    """A weight of each picture, float64 [n], by which every kind counts alike; their mean is 1."""
    _, which, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    return len(kinds) / (len(counts) * counts[which])
