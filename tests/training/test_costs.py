"""What --dry_run says of a run is that of its networks."""

import re

import pytest

from ada_tf.models import families
from ada_tf.models.sizes import Work
from ada_tf.ops import choice
from ada_tf.training import forecast
from ada_tf.training.presets import preset

TINY = preset("tiny", resolution=16, channels=1)


def test_weights_memory_hours_and_disk(monkeypatch):
    monkeypatch.setattr(forecast, "seconds_per_kimg", lambda config, replicas: 60.0 / replicas)
    lines = forecast.costs(TINY, keep=3, replicas=2).splitlines()
    assert [line.split()[0] for line in lines] == ["Networks", "Memory", "Time", "Disk"]
    assert lines[0].endswith("generator 227,464 weights, discriminator 259,201")
    assert re.fullmatch(r"Memory    about 1\.\d GB, besides the pictures", lines[1])
    assert lines[2].endswith("about 30 sec/kimg on this machine: 60 min for 120 kimg")


@pytest.mark.parametrize(("gpu", "each"), [(False, 16), (True, 8)])
def test_memory_grows_with_the_batch_of_a_device(monkeypatch, gpu, each):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    counted = forecast.NetworkSizes(10, 10, 20, 20)
    work = Work(1.0, 1e6, 1), Work(1.0, 5e6, 1)
    monkeypatch.setattr(forecast, "work_of", lambda of: work)
    small, large = (
        forecast.memory_bytes(
            preset("tiny", resolution=16, channels=1, batch=16, batch_gpu=n), counted
        )
        for n in (4, 16)
    )
    assert large - small == 12 * 5e6 * each
    # Two generators, a discriminator, two moments and the gradients of both.
    assert small - 4 * 5e6 * each - (0 if gpu else 1.2e9) == 4 * (20 + 20 + 60 + 30)


def test_what_nobody_counted_is_left_out(monkeypatch):
    known = families.GENERATORS["stylegan2"]._replace(work=None)
    monkeypatch.setitem(families.GENERATORS, "stylegan2", known)
    lines = forecast.costs(TINY, keep=3).splitlines()
    assert [line.split()[0] for line in lines] == ["Networks", "Disk"]
