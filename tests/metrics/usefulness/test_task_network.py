"""The network of a task: it learns, from scratch each time, and by its seed alone."""

import numpy as np
import pytest

from ada_tf.label_space import LabelSpace
from ada_tf.metrics.usefulness.task_network import BATCH, TaskNetwork
from ada_tf.metrics.usefulness.tasks import task_of

LABELS = np.arange(40) % 2
# Left or right half bright: a mean over places could not tell.
PIXELS = np.zeros([40, 8, 12, 1], np.float32) - 1
PIXELS[LABELS == 0, :, :6] = 1
PIXELS[LABELS == 1, :, 6:] = 1


@pytest.fixture(scope="module")
def network():
    return TaskNetwork(TASK, (8, 12, 1))


TASK = task_of("classify", LabelSpace(2, ("left", "right")), LABELS, LABELS)
TARGETS = TASK.targets(LABELS)


def batches(targets=TARGETS):
    draw = np.random.default_rng(0)
    while True:
        some = draw.integers(0, 40, BATCH)
        yield PIXELS[some], targets[some]


def learnt(network, seed: int, looks=2):
    loss = network.fit(batches(), (PIXELS, TARGETS), seed, looks)
    return loss, network.answers(PIXELS)


def test_it_learns_where_things_are(network):
    loss, answers = learnt(network, 0)
    assert TASK.worth(TARGETS, answers).mean() == 1
    assert loss < 0.1


def test_a_training_begins_anew_and_follows_its_seed(network):
    loss, answers = learnt(network, 0, looks=1)
    other, _ = learnt(network, 1, looks=1)
    again, same = learnt(network, 0, looks=1)
    assert other != loss == again
    np.testing.assert_array_equal(answers, same)


def test_the_best_weights_stay(network):
    """What teaches the opposite makes it worse from look to look, so that the first is the best."""
    wrong = TARGETS[:, ::-1]
    first = network.fit(batches(wrong), (PIXELS, TARGETS), 0, looks=1)
    after_first = network.answers(PIXELS)
    assert network.fit(batches(wrong), (PIXELS, TARGETS), 0, looks=4) == first
    np.testing.assert_array_equal(network.answers(PIXELS), after_first)
