"""Saved and continued equals uninterrupted, to the last bit; wrong checkpoints are named."""

import dataclasses

import numpy as np
import pytest

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.checkpoint import (
    Checkpoints,
    check_architecture,
    newest,
    read_config,
    restore_networks,
)
from ada_tf.training.config import AugmentConfig
from ada_tf.training.presets import from_preset
from tests.training import tiny


def config_of(network=tiny.NETWORK):
    data = DataConfig("digits", resolution=8, channels=1)
    return dataclasses.replace(from_preset("tiny", data, 8), network=network)


def test_continued_equals_uninterrupted(tmp_path):
    adapt = AugmentConfig(mode="ada")
    whole = tiny.model(augment=adapt)
    tiny.train(whole, 5)

    first = tiny.model(augment=adapt)
    tiny.train(first, 2)
    Checkpoints(tmp_path, first, config_of()).save()
    second = tiny.model(augment=adapt, seed=0)
    for variable in second.generator.trainable_variables:
        variable.assign(variable + 1)  # whatever was there is replaced
    assert Checkpoints(tmp_path, second, config_of()).restore_newest() is not None
    assert second.images_done == 2 * tiny.BATCH
    tiny.train(second, 3, start=2)

    expected, found = tiny.state(whole), tiny.state(second)
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert expected["augment/observed"].any()


def test_nothing_to_continue(tmp_path):
    assert Checkpoints(tmp_path, tiny.model(), config_of()).restore_newest() is None
    with pytest.raises(UserError, match="holds no checkpoint"):
        newest(tmp_path)


def test_a_checkpoint_carries_its_configuration(tmp_path):
    m = tiny.model()
    tiny.train(m, 1)
    path = Checkpoints(tmp_path, m, config_of()).save()
    assert newest(tmp_path) == path == newest(path)
    assert read_config(path) == config_of()


def test_networks_alone_can_be_loaded(tmp_path):
    m, other = tiny.model(), tiny.model(seed=1)
    tiny.train(m, 1)
    path = Checkpoints(tmp_path, m, config_of()).save()
    restore_networks(path, generator_ema=other.generator_ema)
    z = np.ones([2, 8], np.float32)
    np.testing.assert_array_equal(other.generator_ema(z), m.generator_ema(z))


def test_another_architecture_is_named(tmp_path):
    m = tiny.model()
    path = Checkpoints(tmp_path, m, config_of()).save()
    wider = dataclasses.replace(tiny.NETWORK, w_dim=16)
    with pytest.raises(UserError, match=r"network.w_dim: 16 here, 8 there"):
        check_architecture(config_of(wider), path)
    check_architecture(config_of(), path)


def test_old_checkpoints_are_removed(tmp_path):
    m = tiny.model()
    checkpoints = Checkpoints(tmp_path, m, config_of(), keep=2)
    for start in range(3):
        tiny.train(m, 1, start=start)
        checkpoints.save()
    assert len(list((tmp_path / "checkpoints").glob("*.index"))) == 2
