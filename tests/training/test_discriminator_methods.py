"""Methods within the discriminator: in the phases of an iteration, in a state, and beside settings."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig
from ada_tf.models.methods import rotations
from ada_tf.ops import random
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration import phases
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Draw
from ada_tf.training.iteration.table import PHASES as ROWS
from ada_tf.training.presets import preset
from tests.sentences import refused
from tests.training import tiny, toys

REALS = tf.constant(np.random.RandomState(0).uniform(-1, 1, [6, *toys.SHAPE]), tf.float32)
SEED = random.make_seed(7)
LOSS = LossConfig(r1_gamma=10.0)
DATA = DataConfig("digits", resolution=16, channels=1)
METHOD = "network.discriminator_method"


class Turned(toys.Discriminator):
    """Also says which way up images are: by the value of a corner, whose slope is the weight."""

    def __init__(self):
        super().__init__()
        self.turned = []

    def rotation_logits(self, images):
        self.turned.append(images)
        corner = self.weight.value * images[:, 0, 0, :1]
        return tf.concat([corner, tf.zeros([len(images), 3])], axis=1)


class Disturbed(toys.Discriminator):
    """Keeps with what strength and by which draws it is disturbed."""

    adaptive = True

    def __init__(self):
        super().__init__()
        self.disturbed = []

    def __call__(self, images, labels, p, seed):
        self.disturbed.append((float(p), tuple(np.asarray(seed))))
        return super().__call__(images, labels)


def run(phase, n, loss=LOSS):
    return phases.compute(ROWS[phase], n, loss, REALS, None, SEED)


def mean_of(moments):
    return (moments[1] / moments[0]).numpy()


def cross_entropy(images):
    """Of the logits (w corner, 0, 0, 0) in each orientation, w = 0.25."""
    corner = 0.25 * images[:, 0, 0, 0].reshape(-1, 4)
    total = np.log(np.exp(corner) + 3)
    return np.mean(total - corner * [1, 0, 0, 0])


@pytest.mark.parametrize(("phase", "kind", "weight"), [("Dmain", "d", 5.0), ("Gmain", "g", 8.0)])
def test_d_learns_orientations_of_reals_and_g_is_told_those_of_fakes(phase, kind, weight):
    """Of augmented images, once each; what is real is said of upright ones alone."""
    n = toys.networks()._replace(discriminator=Turned())
    loss = replace(LOSS, rotation_weight=5.0, rotation_generator_weight=8.0)
    output, plain = run(phase, n, loss), run(phase, toys.networks())
    images = REALS if kind == "d" else n.generator.synthesized[0][2]
    (turned,) = n.discriminator.turned
    np.testing.assert_array_equal(turned, rotations(3 * images))
    penalty = cross_entropy(turned.numpy())
    assert mean_of(output.stats[f"Loss/rotation_{kind}"]) == pytest.approx(penalty, rel=1e-4)
    total = f"Loss/{ROWS[phase].total}"
    assert mean_of(output.stats[total]) == pytest.approx(
        mean_of(plain.stats[total]) + weight * penalty, rel=1e-4
    )
    for name, logits in plain.logits.items():
        np.testing.assert_array_equal(output.logits[name], logits)
    assert abs(output.gradients[0] - plain.gradients[0]) > 1e-4


def test_a_discriminator_of_p_is_disturbed_by_it_in_every_phase():
    """By other draws for reals and fakes; by the same where two of its outputs are compared."""
    loss = replace(LOSS, bcr_weight=1.0, zcr_weight=1.0)
    seeds = {
        draw: tuple(np.asarray(random.fold_in(random.fold_in(SEED, draw), "disturbance")))
        for draw in (Draw.AUGMENT_REAL, Draw.AUGMENT_FAKE)
    }
    real, fake = seeds[Draw.AUGMENT_REAL], seeds[Draw.AUGMENT_FAKE]
    for phase, expected in (
        ("Gmain", [fake]), ("Dmain", [fake, fake, fake, real, real]), ("Dreg", [real]),
    ):  # fmt: skip
        n = toys.networks()._replace(discriminator=Disturbed(), p=tf.Variable(0.25))
        output, plain = run(phase, n, loss), run(phase, toys.networks(), loss)
        assert sorted(n.discriminator.disturbed) == sorted((0.25, seed) for seed in expected)
        tf.nest.map_structure(np.testing.assert_array_equal, output, plain)


def model_of(method, p=0.5, **more):
    """A model of `tiny` with it, its settings those that follow."""
    given = preset("tiny", data=DATA, settings={METHOD: method})
    augment = replace(given.augment, mode="fixed", p=p)
    loss = replace(
        tiny.LOSS, pl_weight=0.0, rotation_weight=given.loss.rotation_weight, **more.pop("loss", {})
    )
    network = replace(tiny.NETWORK, discriminator_method=method)
    return tiny.model(augment=augment, loss=loss, network=network, **more)


METHODS = ("spectralnorm", "auxrot", "pagan", "adropout")


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("method", METHODS)
def test_a_run_goes_on_exactly(method):
    tiny.assert_goes_on_exactly(model_of(method), model_of(method))


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("parts", [None, 2])
def test_directions_follow_steps_of_the_discriminator_alone(parts):
    """One step of the iteration for each of the optimizer: Dmain and R1, of weights after it."""
    m = model_of("spectralnorm", batch_gpu=parts)
    layer = m.discriminator.blocks[0].conv0
    u = layer.u.numpy()
    tiny.train(m, 1)
    kernel = layer.kernel.numpy().reshape(-1, u.shape[1])
    once, twice = (u @ np.linalg.matrix_power(kernel.T @ kernel, k) for k in (1, 2))
    assert np.abs(layer.u - once / np.linalg.norm(once)).max() > 0.05
    # Near: the step of the optimizer between both was small.
    np.testing.assert_allclose(layer.u, twice / np.linalg.norm(twice), atol=0.02)


def test_a_model_without_p_cannot_follow_it():
    network = replace(tiny.NETWORK, discriminator_method="pagan")
    m = tiny.model(network=network, augment=AugmentConfig(mode="noaug"))
    with refused("mode='noaug'"):
        m.make_train_function()
