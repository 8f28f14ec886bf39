"""Machines compare what they are to do before the first step. Threads stand for machines."""

import dataclasses
import threading

import pytest

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.cluster import ALONE, Cluster, machines_agree
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import TrainingData

DATA = TrainingData(64, "0123")
TINY = preset("tiny", data=DataConfig("/a/photos", resolution=16, channels=1))


class Together:
    """Sums of numbers over the threads that call."""

    def __init__(self, workers):
        self.barrier, self.given = threading.Barrier(workers), [None] * workers

    def add(self, worker, numbers):
        self.given[worker] = numbers
        self.barrier.wait()
        sums = [sum(values) for values in zip(*self.given, strict=True)]
        self.barrier.wait()
        return sums


def run(function, *per_worker):
    """Call a function on each machine with its arguments; returns results or errors."""
    together, found = Together(len(per_worker)), [None] * len(per_worker)

    class Machine(Cluster):
        def add(self, numbers):
            return together.add(self.worker, list(numbers))

    def work(worker, arguments):
        try:
            found[worker] = function(Machine(ALONE.strategy, worker, len(per_worker)), *arguments)
        except UserError as error:
            found[worker] = str(error)

    threads = [threading.Thread(target=work, args=item) for item in enumerate(per_worker)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return found


def test_all_know_what_the_chief_says():
    said = run(lambda cluster, text: cluster.from_chief(text), ["Grüße [1]"], ["other"], [""])
    assert said == ["Grüße [1]"] * 3


@pytest.mark.parametrize(
    "place", [{"source": "/b/photos"}, {"cache_dir": "/c"}, {"data_dir": "/d"}]
)
def test_one_configuration_may_lie_in_other_places(place):
    other = dataclasses.replace(TINY, data=dataclasses.replace(TINY.data, **place))
    assert run(machines_agree, [TINY, DATA], [other, DATA]) == [None, None]


def test_names_of_classes_are_told_by_the_images():
    with_names = dataclasses.replace(TINY, num_classes=1, class_names=("cat",))
    without = dataclasses.replace(TINY, num_classes=1)
    assert run(machines_agree, [with_names, DATA], [without, DATA]) == [None, None]


def test_another_setting_ends_all():
    loss = dataclasses.replace(TINY.loss, r1_gamma=5.0)
    other = dataclasses.replace(TINY, loss=loss, kimg=3.0)
    first, second, third = run(machines_agree, [TINY, DATA], [TINY, DATA], [other, DATA])
    assert first == second
    assert first.startswith("1 of the 3 machines are to train something else than the first one")
    assert third == (
        "machine 2 is to train something else than the first one (loss.r1_gamma: 5.0 here, 0.1"
        " there; kimg: 3.0 here, 120 there); give all machines the same command and the same data."
    )


@pytest.mark.parametrize("data", [TrainingData(63, "0123"), TrainingData(64, "4567")])
def test_other_images_end_all(data):
    first, second = run(machines_agree, [TINY, DATA], [TINY, data])
    assert "1 of the 2 machines" in first
    assert f"data: {data.images} images here, 64 other ones there" in second


def test_a_machine_alone_agrees():
    machines_agree(ALONE, TINY, DATA)
