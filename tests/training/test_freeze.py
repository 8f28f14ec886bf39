"""Freeze-D: which layers stay, to the bit, and that a run continues with them."""

import dataclasses

import numpy as np
import pytest

from ada_tf.data import DataConfig
from ada_tf.models import variables_by_name
from ada_tf.models.config import Architecture
from ada_tf.settings import SettingError
from ada_tf.shape import Shape
from ada_tf.training import freeze
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration.config import OptimizerConfig
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint import Checkpoints
from tests.sentences import refused
from tests.training import tiny

pytestmark = pytest.mark.usefixtures("untraced_module")

# Of 16 pixels, from the image down.
LAYERS = {
    "resnet": ["0.fromrgb", "0.conv0", "0.conv1", "0.skip", "1.conv0", "1.conv1", "1.skip"],
    "skip": ["0.fromrgb", "0.conv0", "0.conv1", "1.fromrgb", "1.conv0", "1.conv1"],
    "orig": ["0.fromrgb", "0.conv0", "0.conv1", "1.conv0", "1.conv1"],
}


def architecture(kind="resnet", resolution=16):
    network = dataclasses.replace(tiny.NETWORK, discriminator_architecture=kind)
    return Architecture(network=network, shape=Shape(resolution, resolution, 1))


def model(kind="resnet", resolution=16, **settings):
    augment = AugmentConfig(mode="noaug")
    model = StyleGAN2ADA((resolution, resolution, 1), architecture(kind).network, augment)
    model.compile(optimizer=OptimizerConfig(0.002, **settings))
    return model


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_are_counted_from_the_image(kind):
    for count in (0, 1, 3, len(LAYERS[kind])):
        discriminator = model(kind, freeze_d=count).discriminator
        trainable = {id(v) for v in discriminator.trainable_variables}
        found = {
            name.removeprefix("blocks.").rpartition(".")[0]
            for name, variable in variables_by_name(discriminator).items()
            if id(variable) not in trainable
        }
        assert found == set(LAYERS[kind][:count])


@pytest.mark.parametrize("kind", LAYERS)
def test_no_more_than_there_is(kind):
    most = len(LAYERS[kind])
    freeze.check(architecture(kind), OptimizerConfig(0.002, freeze_d=most))
    with refused(f"freeze_d={most + 1}", most, kind=SettingError):
        freeze.check(architecture(kind), OptimizerConfig(0.002, freeze_d=most + 1))
    with refused("optimizer.freeze_g=4", kind=SettingError):
        freeze.check(architecture(kind), OptimizerConfig(0.002, freeze_g=4))


def test_counted_as_published_at_1024_pixels():
    of = Architecture(
        network=dataclasses.replace(tiny.NETWORK, channel_base=2048), shape=Shape(1024, 1024, 1)
    )
    freeze.check(of, OptimizerConfig(0.002, freeze_d=25))  # 1 + 3 of each of 8 resolutions
    with refused("optimizer.freeze_d=26", "25", kind=SettingError):
        freeze.check(of, OptimizerConfig(0.002, freeze_d=26))


def test_continued_equals_uninterrupted(tmp_path):
    """Frozen layers have no place in the optimiser; a run that continues must know which they are."""
    data = DataConfig("digits", resolution=8, channels=1)
    config = dataclasses.replace(preset("tiny", data=data), network=tiny.NETWORK)

    def new():
        return model(resolution=8, freeze_d=2, freeze_g=1)

    whole = new()
    tiny.train(whole, 4)
    first = new()
    tiny.train(first, 2)
    Checkpoints(tmp_path, first, config).save()
    second = new()
    for variable in (*second.discriminator.variables, *second.generator.variables):
        variable.assign(variable + 1)  # whatever was there is replaced
    assert Checkpoints(tmp_path, second, config).restore_newest() is not None
    tiny.train(second, 2, start=2)
    expected, found = tiny.state(whole), tiny.state(second)
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_frozen_weights_stay_and_the_others_move():
    trained = model(resolution=8, freeze_d=2, freeze_g=1)
    networks = {"discriminator": trained.discriminator, "generator": trained.generator}
    before = {
        (group, name): variable.numpy()
        for group, network in networks.items()
        for name, variable in variables_by_name(network).items()
    }
    tiny.train(trained, 5)
    stayed = {
        "discriminator": ("blocks.0.fromrgb", "blocks.0.conv0"),
        "generator": ("synthesis.blocks.0",),
    }
    constant = ("noise_const",)  # nothing trains it in any case
    for (group, name), was in before.items():
        now = variables_by_name(networks[group])[name].numpy()
        if name.startswith(stayed[group]) or name.endswith(constant):
            np.testing.assert_array_equal(now, was, err_msg=name)
        elif name.endswith("kernel"):
            assert (now != was).any(), name
