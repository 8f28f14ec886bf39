"""Presets are the published settings."""

import dataclasses

import pytest

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.config import RunConfig, check, differences, from_dict, to_dict
from ada_tf.training.presets import NAMES, auto_preset, from_preset

DATA = DataConfig("digits", resolution=256, channels=3)


@pytest.mark.parametrize(
    ("resolution", "gpus", "batch", "gamma", "ema"),
    [
        (32, 1, 32, 0.0064, 10),
        (128, 1, 32, 0.1024, 10),
        (256, 1, 16, 0.8192, 5),
        (256, 4, 64, 0.2048, 20),
        (256, 8, 64, 0.2048, 20),
        (512, 1, 8, 6.5536, 2.5),
        (512, 8, 64, 0.8192, 20),
        (1024, 1, 4, 52.4288, 1.25),
        (1024, 8, 32, 6.5536, 10),
    ],
)
def test_auto(resolution, gpus, batch, gamma, ema):
    row = auto_preset(resolution, gpus)
    assert (row.batch, row.ema_kimg) == (batch, ema)
    assert row.gamma == pytest.approx(gamma)
    assert row.learning_rate == (0.002 if resolution >= 1024 else 0.0025)
    assert row.feature_maps == (1 if resolution >= 512 else 0.5)
    assert row.mbstd == min(batch // gpus, 4)
    assert (row.ema_rampup, row.mapping_layers, row.kimg) == (0.05, 2, 25000)


@pytest.mark.parametrize(
    ("name", "kimg", "batch", "batch_gpu", "mbstd", "base", "lr", "gamma", "ema", "ramp", "layers"),
    [
        ("stylegan2", 25000, 32, 4, 4, 32768, 0.002, 10, 10, None, 8),
        ("paper256", 25000, 64, 8, 8, 16384, 0.0025, 1, 20, None, 8),
        ("paper512", 25000, 64, 8, 8, 32768, 0.0025, 0.5, 20, None, 8),
        ("paper1024", 25000, 32, 4, 4, 32768, 0.002, 2, 10, None, 8),
        ("cifar", 100000, 64, 32, 32, 32768, 0.0025, 0.01, 500, 0.05, 2),
    ],
)
def test_papers(name, kimg, batch, batch_gpu, mbstd, base, lr, gamma, ema, ramp, layers):
    c = from_preset(name, DATA, 256)
    assert (c.kimg, c.batch, c.batch_gpu, c.network.mbstd_group) == (kimg, batch, batch_gpu, mbstd)
    assert (c.network.channel_base, c.network.channel_max, c.network.z_dim, c.network.w_dim) == (
        base,
        512,
        512,
        512,
    )
    assert (c.optimizer.learning_rate, c.loss.r1_gamma) == (lr, gamma)
    assert (c.ema.kimg, c.ema.rampup, c.network.mapping_layers) == (ema, ramp, layers)
    assert (c.network.num_low_precision, c.network.conv_clamp) == (4, 256)
    cifar = name == "cifar"
    assert c.loss.pl_weight == (0 if cifar else 2)
    assert c.loss.style_mixing_prob == (0 if cifar else 0.9)
    assert c.network.discriminator_architecture == ("orig" if cifar else "resnet")
    assert (c.augment.mode, c.augment.target, c.augment.kimg, c.augment.pipe) == (
        "ada",
        0.6,
        500,
        "bgc",
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_valid_and_survives_json(name):
    config = from_preset(name, DATA, 256)
    check(config)
    assert from_dict(RunConfig, to_dict(config)) == config
    assert differences(config, config) == []


def test_unknown_names_fail():
    with pytest.raises(UserError, match="preset='best' must be one of auto, stylegan2"):
        from_preset("best", DATA, 256)
    with pytest.raises(UserError, match="RunConfig has no setting 'kimgs'"):
        from_dict(RunConfig, {**to_dict(from_preset("tiny", DATA, 16)), "kimgs": 1})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 30}, "batch=30 does not divide"),
        (
            {"batch": 6, "batch_gpu": 6},
            "batch_gpu=6 does not divide into minibatch-std groups of 4",
        ),
        ({"kimg": 0}, "kimg=0 must be above 0"),
        ({"snap": 0}, "snap=0 must be at least 1"),
        ({"augment": {"mode": "none"}}, "aug='none' must be one of ada, adarv, fixed, noaug"),
        ({"augment": {"p": 1.5}}, r"p=1.5 must lie in \[0, 1\]"),
        ({"augment": {"cap": 0.0}}, r"ada_cap=0.0 must lie in \(0, 1\]"),
        ({"augment": {"target": 2.0}}, r"target=2.0 must lie in \[0, 1\]"),
        ({"augment": {"mode": "adarv"}}, "aug='adarv' compares with held-out images"),
        ({"loss": {"r1_gamma": -1.0}}, "gamma=-1.0 must not be negative"),
    ],
)
def test_settings_that_cannot_train_are_named(change, message):
    config = from_preset("tiny", DATA, 16)
    for name, value in change.items():
        if isinstance(value, dict):
            value = dataclasses.replace(getattr(config, name), **value)
        config = dataclasses.replace(config, **{name: value})
    with pytest.raises(UserError, match=message):
        check(config)
