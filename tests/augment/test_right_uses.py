"""Right uses of all kinds, of which nothing must be said."""

import numpy as np
import pytest
import tensorflow as tf

from .uses import BATCH, outputs, probabilities, said_of

PATCHES = (3, 3)


def drifting(start, step):
    """A critic whose output moves as a whole."""
    noise, at = outputs(0.0), [start]

    def next_batch():
        at[0] += step
        return noise() + at[0]

    return next_batch


def sorted_batches():
    """Real images in batches sorted by how real they look: halves differ, on the same side."""
    noise = outputs(1.5, 0.5)
    return lambda: np.sort(noise(), axis=0)


def alternating():
    """Halves on both sides of the threshold, each time the other way round."""
    sign = [1.0]

    def next_batch():
        sign[0] = -sign[0]
        halves = np.repeat([[sign[0]], [-sign[0]]], BATCH // 2, axis=0)
        return halves.astype(np.float32)

    return next_batch


RIGHT = {
    "logits": dict(real=outputs(0.5, 1.0)),
    "logits with fakes": dict(real=outputs(0.5, 1.0), fake=outputs(-0.5, 1.0)),
    "logits, real = 0": dict(real=outputs(-0.5, 1.0), real_is_high=False),
    "logits, real = 0, with fakes": dict(
        real=outputs(-0.5, 1.0), fake=outputs(0.5, 1.0), real_is_high=False
    ),
    "hinge": dict(real=outputs(1.2, 0.8), fake=outputs(-1.2, 0.8)),
    "a strong discriminator": dict(real=outputs(9.0), fake=outputs(-9.0), p=0.0),
    "one that cannot tell": dict(real=outputs(0.0), fake=outputs(0.0)),
    "one that can hardly tell and leans": dict(real=outputs(0.12), fake=outputs(0.08)),
    "a weak one": dict(real=outputs(-0.05), fake=outputs(-0.1)),
    "sigmoid": dict(real=probabilities(1.0), threshold=0.5),
    "sigmoid with fakes": dict(real=probabilities(1.0), fake=probabilities(-1.0), threshold=0.5),
    "sigmoid, real = 0": dict(real=probabilities(-1.0), threshold=0.5, real_is_high=False),
    "least squares": dict(real=outputs(0.8), fake=outputs(0.2), threshold=0.5),
    "critic": dict(real=outputs(52.0), fake=outputs(50.0), threshold="middle"),
    "critic that drifts": dict(
        real=drifting(-20.0, 1.0), fake=drifting(-21.0, 1.0), threshold="middle"
    ),
    "critic, real is low": dict(
        real=outputs(50.0), fake=outputs(52.0), threshold="middle", real_is_high=False
    ),
    "critic with a threshold of one's own": dict(
        real=outputs(52.0), fake=outputs(50.0), threshold=tf.constant(51.0)
    ),
    "patches": dict(real=outputs(0.5, 1.0, PATCHES), fake=outputs(-0.5, 1.0, PATCHES)),
    "one pass for both losses": dict(real=outputs(0.5, 1.0), augmented=2),
    "penalty and extra steps": dict(real=outputs(0.5, 1.0), augmented=10),
    "batches in an order": dict(real=sorted_batches(), p=0.0),
    "halves that change sides": dict(real=alternating(), interval=2),
    "pseudo reals without transforms": dict(
        real=outputs(0.5, 1.0), augmented=0, layer={"policy": {}}
    ),
    "a relativistic loss": dict(
        real=outputs(3.0), fake=outputs(2.0), threshold=tf.fill([BATCH, 1], 2.9)
    ),
    "without a layer": dict(real=outputs(0.5, 1.0), augmented=0, checks=()),
}


@pytest.mark.parametrize("use", RIGHT)
def test_nothing_is_said(use):
    said, _ = said_of(**{"kimg": 10, **RIGHT[use]})
    assert said == []


def test_a_discriminator_that_begins_on_one_side():
    """At first all outputs are nearly the same small number."""
    said, _ = said_of(outputs(0.02, 0.001), outputs(0.01, 0.001), moves=31, p=0.0)
    assert said == []
    said, _ = said_of(outputs(-0.02, 0.001), moves=7, p=0.0)
    assert said == []


def test_a_validation_between_two_steps():
    """Many clean images once are not those of every training step."""
    said, _ = said_of(outputs(0.5, 1.0), clean=50, moves=7)
    assert said == []


def test_what_holds_again_is_not_said_again():
    """P comes to its cap, leaves and comes back."""
    batches = iter(np.tile([1.0, 1.0, -1.0, -1.0], 10))
    said, p = said_of(lambda: np.full([BATCH, 1], 9.0 * next(batches)), p=0.79)
    assert p < 0.81
    assert len(said) == 1
    assert "has reached its cap" in said[0]


def test_the_middle_is_between_the_means():
    """Half of a critic's outputs on real images above, whatever its offset."""
    for offset in (-100.0, 0.0, 100.0):
        real, fake = offset + np.array([[1.0], [3.0], [-1.0]]), np.full([2, 1], offset - 3.0)
        _, p = said_of(lambda r=real: r, lambda f=fake: f, moves=1, p=0.5, threshold="middle")
        assert p == pytest.approx(0.503)  # the middle is at -1: signs 1, 1 and 0
        _, p = said_of(lambda r=real: r, lambda f=fake: -f + 2 * f[0], moves=1, p=0.5,
                       threshold="middle", real_is_high=False)  # fmt: skip
        assert p == pytest.approx(0.497)
