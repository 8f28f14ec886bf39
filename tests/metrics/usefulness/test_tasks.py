"""What a task makes of labels, and what answers to it are worth."""

import numpy as np
import pytest

from ada_tf.label_space import LabelSpace
from ada_tf.metrics.usefulness.tasks import task_of
from tests.sentences import refused

CLASSES = LabelSpace(3, ("cat", "dog", "hen"))
MIXED = LabelSpace(0, (), ("glasses", "age", "constant"))
PEOPLE = np.array([[0, 20, 5], [1, 30, 5], [1, 70, 5], [0, 40, 5]], np.float32)


def test_every_class_counts_alike():
    labels = np.array([0, 0, 0, 1])
    task = task_of("classify", CLASSES, np.array([0, 1, 2, 2]), labels)
    answers = np.eye(3)[[0, 0, 0, 0]]  # always cat: right for three of four pictures
    assert task.worth(task.targets(labels), answers).mean() == task.chance == 0.5
    assert task.learned == CLASSES.class_names
    assert task.outputs == 3


def test_classes_beside_attributes_are_the_task():
    space = LabelSpace(2, ("a", "b"), ("age",))
    labels = np.array([[1, 0, 7], [0.2, 0.8, 8], [1, 0, 9]], np.float32)
    task = task_of("classify", space, labels, labels)
    assert task.targets(labels).tolist() == [[1, 0], [0, 1], [1, 0]]
    assert task_of("regress", space, labels, labels).learned == ("age",)


def test_attributes_of_two_values_are_questions():
    task = task_of("classify", MIXED, PEOPLE, PEOPLE)
    assert task.learned == ("glasses",)
    targets = task.targets(PEOPLE)
    assert targets.tolist() == [[0], [1], [1], [0]]
    assert task.worth(targets, np.array([[-1], [2], [-2], [-3.0]])).mean() == 0.75
    assert task.worth(targets, np.full([4, 1], 9.0)).mean() == task.chance


def test_numbers_are_worth_the_variance_that_they_explain():
    task = task_of("regress", MIXED, PEOPLE, PEOPLE)
    assert task.learned == ("age",)
    targets = task.targets(PEOPLE)
    assert targets.mean() == pytest.approx(0, abs=1e-6)
    assert targets.std() == pytest.approx(1)
    assert task.worth(targets, targets).mean() == 1
    assert task.worth(targets, np.zeros([4, 1])).mean() == pytest.approx(task.chance, abs=1e-6)


@pytest.mark.parametrize("name", ["classify", "regress"])
def test_losses_are_one_a_picture(name):
    task = task_of(name, MIXED, PEOPLE, PEOPLE)
    assert task.loss(task.targets(PEOPLE), np.zeros([4, 1], np.float32)).shape == (4,)


def test_labels_without_the_task_are_refused():
    ages = LabelSpace(0, (), ("age",))
    with refused("classify"):
        task_of("classify", ages, PEOPLE[:, 1:2], PEOPLE[:, 1:2])
    with refused("regress"):
        task_of("regress", CLASSES, np.array([0, 1]), np.array([0, 1]))


def test_a_single_class_is_refused():
    with refused("cat"):
        task_of("classify", CLASSES, np.array([0, 0]), np.array([0, 1]))


def test_a_class_of_the_test_that_training_lacks_is_refused():
    with refused("hen"):
        task_of("classify", CLASSES, np.array([0, 1]), np.array([0, 2]))
