"""Settings that cannot train are refused, and no setting is forgotten."""

import copy
import dataclasses
import functools
import math
import types
import typing

import pytest

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.bounds import BOUNDS, Bound, check_given
from ada_tf.training.config import RunConfig, check, check_data
from ada_tf.training.presets import from_preset

TINY = from_preset("tiny", DataConfig("digits", resolution=16, channels=1), 16)


def fields_of(kind, prefix=""):
    """(path, types it may have) of every setting."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint, path = hints[field.name], f"{prefix}{field.name}"
        if dataclasses.is_dataclass(hint):
            yield from fields_of(hint, f"{path}.")
        else:
            yield path, set(typing.get_args(hint) or [hint])


def changed(path, value, config=TINY):
    """A configuration with one other setting, whatever its own class would say of it."""
    head, _, rest = path.partition(".")
    config = copy.copy(config)
    object.__setattr__(config, head, changed(rest, value, getattr(config, head)) if rest else value)
    return config


def test_every_number_has_bounds():
    numbers = {path: kinds for path, kinds in fields_of(RunConfig) if kinds & {int, float}}
    assert sorted(numbers) == sorted(bound.setting for bound in BOUNDS)
    for bound in BOUNDS:
        kinds = numbers[bound.setting]
        assert bound.integer == (int in kinds), bound.setting
        assert bound.optional == (type(None) in kinds), bound.setting


def outside(bound):
    """Values that no setting with these bounds may have."""
    yield from (math.nan, math.inf, -math.inf, "1", True)
    yield bound.lower - 1
    if bound.ends[0] == "(":
        yield bound.lower
    if bound.upper is not None:
        yield bound.upper * 2 + 1
        if bound.ends[1] == ")":
            yield bound.upper
    yield 10**39  # more than any type of a device holds
    if bound.integer:
        yield bound.lower + 0.5
    if not bound.optional:
        yield None


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.setting)
def test_values_outside_are_refused(bound):
    check(TINY)
    for value in outside(bound):
        with pytest.raises(UserError) as error:
            check(changed(bound.setting, value))
        assert str(error.value).startswith(f"{bound.name}={value!r} must be "), value
        assert "\n" not in str(error.value)


# What cannot train, apart from the table; every value once trained, or divided by zero.
NONSENSE = {
    "kimg": (math.nan, math.inf, -5, 0),
    "kimg_per_tick": (math.nan, 0),
    "snap": (0, 1.5),
    "checkpoint_minutes": (math.nan, -1),
    "snapshot_kimg": (math.nan, 0, -1),
    "seed": (1.5, "1", 2**64),
    "batch": (0, 32.0),
    "optimizer.learning_rate": (math.nan, math.inf, -1, 0),
    "optimizer.beta_1": (-0.1, 1),
    "optimizer.beta_2": (-0.1, 1),
    "optimizer.epsilon": (0, -1e-8),
    "loss.r1_gamma": (math.nan, math.inf, -1),
    "loss.r1_interval": (0,),
    "loss.pl_weight": (math.nan, -1),
    "loss.pl_interval": (0,),
    "loss.pl_decay": (-0.1, 1.1),
    "loss.pl_batch_shrink": (0,),
    "loss.style_mixing_prob": (7, -0.1),
    "loss.w_avg_decay": (-0.1, 1.1),
    "network.z_dim": (0,),
    "network.w_dim": (0,),
    "network.mapping_layers": (0,),
    "network.discriminator_mapping_layers": (-1,),
    "network.discriminator_mapping_lr": (0, math.nan),
    "network.channel_base": (3, 0),
    "network.channel_max": (0,),
    "network.mbstd_group": (0,),
    "network.num_low_precision": (-3,),
    "network.conv_clamp": (0, -1, math.nan),
    "ema.kimg": (-1, math.nan),
    "ema.rampup": (-0.1, math.nan),
    "augment.p": (math.nan, 1.5),
    "augment.target": (math.nan, 2),
    "augment.kimg": (0, -1, math.nan),
    "augment.interval": (0,),
    "augment.cap": (math.nan, 0, 1.5),
}


@pytest.mark.parametrize("path", NONSENSE)
def test_nonsense_is_refused(path):
    for value in NONSENSE[path]:
        with pytest.raises(UserError):
            check(changed(path, value))


def test_what_tools_and_people_ask_for_is_accepted():
    """0 minutes save after every batch, which is how resuming is tested."""
    for path, value in (("checkpoint_minutes", 0), ("ema.kimg", 0), ("seed", -1)):
        check(changed(path, value))
    for path in ("augment.cap", "augment.target", "ema.rampup", "network.conv_clamp"):
        check(changed(path, None))


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.setting)
def test_the_ends_that_belong_to_an_interval_are_accepted(bound):
    ends = zip(bound.ends, (bound.lower, bound.upper), strict=True)
    for value in [end for bracket, end in ends if bracket in "[]" and end is not None]:
        bound.check(value)
    if bound.optional:
        bound.check(None)


@pytest.mark.parametrize(
    ("bound", "accepted"),
    [
        (Bound("a.b", 0), "a.b=nan must be a finite number of at least 0."),
        (Bound("a", 0, ends="(]"), "a=nan must be a finite number above 0."),
        (Bound("a", 0, 1), "a=nan must be a number from 0 to 1."),
        (Bound("a", 0, 1, "[)"), "a=nan must be a number of at least 0 and below 1."),
        (
            Bound("a", 0, 1, "(]", optional=True),
            "a=nan must be a number above 0 and up to 1, or none.",
        ),
        (Bound("a", 1, integer=True, flag="b"), "b=nan must be a whole number of at least 1."),
    ],
)
def test_messages_say_what_is_accepted(bound, accepted):
    with pytest.raises(UserError) as error:
        bound.check(math.nan)
    assert str(error.value) == accepted


def test_some_settings_alone():
    check_given({"loss": {"pl_weight": 2.0}, "kimg": 5})
    for given in ({"kimg": math.nan}, {"loss": {"pl_weight": math.nan}}):
        with pytest.raises(UserError, match="=nan must be"):
            check_given(given)


@pytest.mark.parametrize(
    ("changes", "replicas", "message"),
    [
        ({"batch": 30}, 1, r"batch=30 does not divide into parts of batch_gpu=32 images"),
        ({"batch": 7, "batch_gpu": 7}, 1, r"^batch=7 does not .* groups of 4 .* a multiple of 4\."),
        ({"batch": 14, "batch_gpu": 7}, 2, r"^batch=14 does not .* a multiple of 8\."),
        ({"batch": 12, "batch_gpu": 6}, 1, r"^batch_gpu=6 does not .* a multiple of 4\."),
        ({"batch": 8, "batch_gpu": 2}, 3, r"batch=8 does not divide among 3 devices"),
        ({"augment.mode": "none"}, 1, "aug='none' must be one of ada, adarv, fixed, noaug"),
        ({"augment.mode": "adarv"}, 1, "aug='adarv' compares with held-out images"),
        ({"augment.pipe": "bgx"}, 1, r"^augpipe='bgx' must be one of blit, .*, bgcfnc\.$"),
        ({"augment.pipe": {"xflip": 1}}, 1, "augpipe="),
        ({"snapshots": "some"}, 1, "snapshots='some' must be one of state, generator"),
        ({"xla": "yes"}, 1, "xla='yes' must be one of auto, on, off"),
        ({"network.precision": "int8"}, 1, "precision='int8' must be one of float32"),
        ({"network.generator_architecture": "u"}, 1, "network.generator_architecture='u' must"),
        ({"network.channel_base": 3}, 1, "network.channel_base=3 leaves no feature maps at 16"),
        ({"data.resolution": 24}, 1, "resolution=24 must be a power of two"),
    ],
)
def test_settings_that_do_not_fit_are_named(changes, replicas, message):
    config = functools.reduce(lambda c, change: changed(*change, c), changes.items(), TINY)
    with pytest.raises(UserError, match=message):
        check(config, replicas)


def some_images(count, held_out=0):
    validation = types.SimpleNamespace(num_images=held_out)
    return types.SimpleNamespace(name="photos", num_images=count, validation=validation)


def test_too_few_images():
    check_data(TINY, some_images(32))
    with pytest.raises(UserError, match="batch=32 is more than the 31 images of photos; add image"):
        check_data(TINY, some_images(31))
    adarv = changed("augment.mode", "adarv", changed("data.validation", 1))
    check_data(adarv, some_images(32, held_out=1))
    with pytest.raises(UserError, match="validation=1 must be at least the 2 devices"):
        check_data(adarv, some_images(32, held_out=1), replicas=2)
