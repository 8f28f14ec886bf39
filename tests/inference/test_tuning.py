import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference.generate import generate, map_latents, synthesize
from ada_tf.inference.picture_distance import psnr
from ada_tf.inference.tuning import Tuner, tune
from tests.inference.test_projection import small_generator
from tests.sentences import refused


@pytest.fixture(scope="module")
def small():
    return small_generator()


def test_a_copy_makes_the_picture_and_the_original_stays(small):
    generator = small
    before = [tf.convert_to_tensor(v) for v in generator.variables]
    ws, target = map_latents(generator, seeds=[1]), generate(generator, seeds=[2])
    tuned = tune(generator, ws, target, steps=60, learning_rate=0.01)
    gained = psnr(synthesize(tuned, ws), target) - psnr(synthesize(generator, ws), target)
    assert gained > 5
    for old, now in zip(before, generator.variables, strict=True):
        np.testing.assert_array_equal(old, now)
    assert np.array_equal(map_latents(tuned, seeds=[1]), ws)


def test_every_picture_begins_anew(small):
    generator = small
    tuner = Tuner(generator, steps=5)
    ws, targets = map_latents(generator, seeds=[1, 2]), generate(generator, seeds=[3, 4])
    first = synthesize(tuner(ws[:1], targets[:1]), ws[:1])
    tuner(ws[1:], targets[1:])
    np.testing.assert_array_equal(synthesize(tuner(ws[:1], targets[:1]), ws[:1]), first)


def test_what_is_refused(small):
    with refused("steps=0"):
        Tuner(small, steps=0)
    with refused("learning_rate=-1"):
        Tuner(small, learning_rate=-1)
    ws, target = map_latents(small, seeds=[1]), generate(small, seeds=[2])
    with refused("learning_rate=1e+38"):
        tune(small, ws, target, steps=3, learning_rate=1e38)
