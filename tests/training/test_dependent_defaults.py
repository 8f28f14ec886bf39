"""Settings that follow from others, and settings that mean nothing beside others."""

import pytest

from ada_tf.data import DataConfig
from ada_tf.settings import SettingError, replaced
from ada_tf.training.dependent_defaults import check_given
from ada_tf.training.presets import preset
from tests.sentences import refused

DATA = DataConfig("digits", resolution=16, channels=1)
METHOD = "network.discriminator_method"


@pytest.mark.parametrize(
    ("method", "following"),
    [
        ("spectralnorm", {}),
        ("auxrot", {"loss.rotation_weight": 5.0}),
        ("pagan", {"augment.pipe": "none", "augment.target": 0.95, "augment.cap": 1.0}),
        ("adropout", {"augment.pipe": "none", "augment.cap": 1.0}),
    ],
)
def test_what_a_method_needs_follows_from_it(method, following):
    plain = replaced(preset("tiny", data=DATA), {METHOD: method})
    found = preset("tiny", data=DATA, settings={METHOD: method})
    assert found == replaced(plain, following)
    given = preset("tiny", data=DATA, settings={METHOD: method, "augment.cap": 0.5})
    assert given.augment.cap == 0.5


@pytest.mark.parametrize(
    "given",
    [
        {"augment.p": 0.5},
        {"augment.p": 0.5, "augment.mode": "ada"},
        {"augment.mode": "fixed"},
        {"augment.mode": "noaug", "augment.pipe": "bg"},
        {"augment.mode": "noaug", "augment.resample": "bilinear"},
        {"augment.mode": "noaug", "augment.target": 0.5},
        {"augment.mode": "fixed", "augment.p": 0.1, "augment.target": 0.5},
    ],
)
def test_settings_that_mean_nothing_together(given):
    with refused(kind=SettingError):
        check_given(given)


def test_settings_that_go_together():
    for given in (
        {},
        {"augment.mode": "fixed", "augment.p": 0.0},
        {"augment.mode": "adarv", "augment.target": 0.5, "augment.pipe": "bg"},
    ):
        check_given(given)
