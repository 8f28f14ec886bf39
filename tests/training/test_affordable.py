"""What is offered instead of a run that takes too long."""

import pytest

from ada_tf.label_space import NO_LABELS
from ada_tf.shape import Shape
from ada_tf.training.forecast import LONG, Offer, Pictures, affordable, seconds_of
from ada_tf.training.presets import preset


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
