"""A forecast follows the work: of which losses there are, how wide networks are, how fast a machine is."""

import re

import pytest

from ada_tf.label_space import NO_LABELS
from ada_tf.models import families
from ada_tf.models.sizes import Work
from ada_tf.ops import choice
from ada_tf.shape import Shape
from ada_tf.training import forecast
from ada_tf.training.forecast import (
    Speed,
    passes,
    seconds_of,
    seconds_per_kimg,
    work_of_image,
)
from ada_tf.training.iteration.table import PHASES, active_phases
from ada_tf.training.presets import preset
from ada_tf.training.smaller_run import LONG, Offer, Pictures, affordable

# What is offered instead of a run that takes too long.


def machine(pace):
    """A forecast: `pace` seconds for a thousand images of 64 pixels by networks of one feature map."""

    def forecast(config, replicas):
        size = config.data.shape
        return pace * config.network.channel_base * size.height * size.width / 64**2 / replicas

    return forecast


def offered(pace, name="auto", size=(256, 256), count=1000, settings=None, replicas=1):
    shape = Shape(*size, 3)
    settings = settings or {}
    config = preset(
        name, resolution=shape.resolution, channels=3, replicas=replicas, settings=settings
    )
    pictures = Pictures(shape, 8, NO_LABELS, count)
    return affordable(config, pictures, settings, replicas, machine(pace))


@pytest.mark.parametrize(
    ("pace", "flags"),
    [
        (1e-3, {"kimg": "4000"}),
        (2e-3, {"preset": "medium", "resolution": "256"}),
        (1e-2, {"preset": "medium", "resolution": "128"}),
        (5e-2, {"preset": "small", "resolution": "128"}),
        (0.1, {"preset": "medium", "resolution": "64"}),
        (0.55, {"preset": "small", "resolution": "64"}),
        (5, {"preset": "tiny", "resolution": "64"}),
        (30, {"preset": "tiny", "resolution": "32"}),
        (1e9, None),
    ],
)  # fmt: skip
def test_the_slower_the_machine_the_smaller_the_run(pace, flags):
    found = offered(pace)
    assert (found and found.flags) == flags
    if found:
        assert found.seconds <= LONG


def test_an_offer_is_what_its_flags_make():
    found = offered(0.05, count=300)
    config = preset("small", resolution=128, channels=3)
    kimg = 1100  # of 300 pictures, and not of as many as usual
    pace = machine(0.05)(config, 1)
    assert found == Offer({"preset": "small", "resolution": "128"}, kimg, pace * kimg)


def test_several_devices_share_the_work():
    assert seconds_of(preset("auto", resolution=64, channels=3), 4, machine(1)) == 25000 * 16384 / 4


def test_pictures_that_are_no_squares():
    assert offered(0.05, size=(192, 256)).flags == {"preset": "small", "resolution": "128x96"}


def test_what_was_given_stays():
    """Its length too, which only networks that suffice for it are offered for."""
    found = offered(0.004, settings={"kimg": 2000.0, "batch": 8})
    assert (found.flags, found.kimg) == ({"preset": "medium", "resolution": "256"}, 2000.0)
    assert offered(0.01, settings={"batch": 6, "network.mbstd_group": 4}) is None


def test_no_forecast_no_offer():
    config = preset("auto", resolution=64, channels=3)
    assert seconds_of(config, forecast=lambda *_: None) is None
    pictures = Pictures(Shape(64, 64, 3), 8, NO_LABELS, 1000)
    assert affordable(config, pictures, {}, forecast=lambda *_: None) is None


# What --dry_run says of a run is that of its networks.

TINY = preset("tiny", resolution=16, channels=1)


def test_weights_memory_hours_and_disk(monkeypatch):
    monkeypatch.setattr(forecast, "seconds_per_kimg", lambda config, replicas: 60.0 / replicas)
    lines = forecast.costs(TINY, keep=3, replicas=2).splitlines()
    assert [line.split()[0] for line in lines] == ["Networks", "Memory", "Time", "Disk"]
    assert lines[0].endswith("generator 227,464 weights, discriminator 259,201")
    assert re.fullmatch(r"Memory    about 1\.\d GB, besides the images", lines[1])
    assert lines[2].endswith("about 30 sec/kimg on this machine: 60 min for 120 kimg")


@pytest.mark.parametrize(("gpu", "each"), [(False, 16), (True, 8)])
def test_memory_grows_with_the_batch_of_a_device(monkeypatch, gpu, each):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    monkeypatch.setattr(choice, "multiplies_float16", lambda: gpu)
    counted = forecast.WeightCounts(10, 10, 20, 20)
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


# One core and two of the machine of experiments/performance: of its 204 GFLOP/s 188 in matrices of 1024.
ONE_CORE, TWO_CORES = Speed(188e9, 14e9, 3.4e-6), Speed(376e9, 28e9, 3.4e-6)
# What experiments/gpu_prediction counts with: matrices, memory, the start of a kernel.
H100 = Speed(650e12, 3e12, 3e-6)
WIDER = {"channel_base": 2048, "channel_max": 128, "w_dim": 128, "z_dim": 128, "pl_weight": 2.0}


@pytest.mark.parametrize(
    ("resolution", "channels", "settings", "one", "two"),
    [(16, 1, {"batch": 32, "pl_weight": 2.0}, 3.9, 2.72), (32, 3, WIDER, 23.7, 14.4)],
)
def test_cpus_of_the_documentation(monkeypatch, resolution, channels, settings, one, two):
    monkeypatch.setattr(choice, "multiplies_bfloat16", lambda: True)
    config = preset("tiny", resolution=resolution, channels=channels, **settings)
    found = [seconds_per_kimg(config, speed=s) for s in (ONE_CORE, TWO_CORES)]
    assert found == pytest.approx([one, two], rel=0.15)


@pytest.mark.parametrize(
    ("resolution", "batch", "fastest", "slowest"),
    [(256, 16, 2.05, 2.63), (256, 64, 1.86, 2.35), (64, 64, 0.63, 0.72), (1024, 4, 15.0, 19.1)],
)
def test_gpus_of_the_documentation(monkeypatch, resolution, batch, fastest, slowest):
    monkeypatch.setattr(choice, "on_gpu", lambda: True)
    monkeypatch.setattr(choice, "multiplies_float16", lambda: True)
    config = preset("auto", resolution=resolution, channels=3, batch=batch)
    assert fastest <= seconds_per_kimg(config, speed=H100) <= slowest


def test_passes_of_a_phase_follow_from_what_its_losses_need():
    loss = preset("auto", resolution=64, channels=3).loss
    assert [passes(phase, loss) for phase in PHASES.values()] == [(3, 2), (6, 0), (1, 6), (0, 6)]
    more = preset(
        "auto", resolution=64, channels=3, bcr_weight=1.0, zcr_weight=1.0, gp_weight=1.0
    ).loss
    # Two more looks of D; images of nearby latents in both; points between reals and fakes.
    assert [passes(phase, more) for phase in PHASES.values()] == [(6, 2), (6, 0), (2, 15), (1, 12)]


def test_intervals_and_shrinking_count():
    config = preset("auto", resolution=64, channels=3)
    found = work_of_image(config, Work(1.0, 10.0, 100), Work(0.0, 0.0, 0))
    assert found == pytest.approx((3 + 6 / 4 / 2 + 1, 10 * 4.75, 100 * (3 + 6 / 4 + 1)))
    without = preset("auto", resolution=64, channels=3, pl_weight=0.0)
    assert len(active_phases(without.loss)) == 3
    assert work_of_image(without, Work(1.0, 10.0, 100), Work(0.0, 0.0, 0)).flops == 4


def test_accumulating_starts_layers_again_and_devices_share_the_images():
    config = preset("tiny", resolution=16, channels=1)
    parts = preset("tiny", resolution=16, channels=1, batch_gpu=4)
    only_starts = Speed(1e30, 1e30, 1e-6)
    assert seconds_per_kimg(parts, speed=only_starts) == pytest.approx(
        4 * seconds_per_kimg(config, speed=only_starts)
    )
    without_starts = Speed(1e9, 1e9, 0.0)
    assert seconds_per_kimg(config, replicas=2, speed=without_starts) == pytest.approx(
        seconds_per_kimg(config, speed=without_starts) / 2
    )


def test_what_nobody_counted_has_no_forecast(monkeypatch):
    monkeypatch.setitem(families.GENERATORS, "other", families.Family(None))
    assert seconds_per_kimg(preset("tiny", resolution=16, channels=1, generator="other")) is None


def test_the_machine_is_measured_in_the_precision_that_is_computed_in(monkeypatch):
    asked = []
    monkeypatch.setattr(forecast, "measured", lambda name: asked.append(name) or ONE_CORE)
    monkeypatch.setattr(choice, "multiplies_bfloat16", lambda: True)
    for precision in ("auto", "float32", "float16"):
        seconds_per_kimg(preset("tiny", resolution=16, channels=1, precision=precision))
    assert asked == ["bfloat16", "float32", "float16"]


def test_measuring_finds_numbers_that_a_machine_can_have(monkeypatch):
    monkeypatch.setattr(forecast, "_ON_CPU", (128, 2**12))
    found = forecast.measured.__wrapped__("float32")
    assert 1e8 < found.flops < 1e14
    assert 1e6 < found.bytes < 1e13
    assert 1e-8 < found.start < 1e-2
