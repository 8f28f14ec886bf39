"""Bias and activation, values and gradients, against the golden vectors."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops.bias_act import ACTIVATIONS, bias_act
from tests.golden.golden import Golden

GOLDEN = Golden("bias_act")
ATOL = 2e-5


def test_defaults():
    for name, defaults in GOLDEN.meta["activations"].items():
        assert ACTIVATIONS[name].gain == pytest.approx(defaults["def_gain"])
        assert ACTIVATIONS[name].alpha == defaults["def_alpha"]


@pytest.mark.parametrize("case", GOLDEN.cases)
def test_case(case):
    spec = GOLDEN.cases[case]
    x = tf.constant(GOLDEN[f"{case}/x"])
    b = tf.constant(GOLDEN[f"{case}/b"]) if spec["has_bias"] else None
    sources = [x] if b is None else [x, b]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = bias_act(
            x,
            b,
            act=spec["act"],
            alpha=spec["alpha"],
            gain=spec["gain"],
            clamp=spec["clamp"],
            axis=spec["dim"],
        )
    gradients = tape.gradient(y, sources, output_gradients=tf.constant(GOLDEN[f"{case}/dy"]))
    np.testing.assert_allclose(y, GOLDEN[f"{case}/y"], rtol=0, atol=ATOL)
    for gradient, name in zip(gradients, ["dx", "db"], strict=False):
        np.testing.assert_allclose(gradient, GOLDEN[f"{case}/{name}"], rtol=0, atol=ATOL)
