"""Whole discriminators and the minibatch-std layer against the golden vectors."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.discriminator import minibatch_std
from tests.golden import networks
from tests.golden.golden import Golden, nchw, nhwc

GOLDEN = Golden("discriminator_32")
LAYERS = [c for c, v in GOLDEN.cases.items() if v.get("kind") == "MinibatchStdLayer"]
NETWORKS = [c for c in GOLDEN.cases if c not in LAYERS]
ATOL = 1e-5


@pytest.mark.parametrize("case", NETWORKS)
def test_logits(case):
    spec = GOLDEN.cases[case]
    network = networks.discriminator(spec["kwargs"], GOLDEN.params(case))
    images = tf.constant(nhwc(GOLDEN[spec["images"]]))
    c = tf.constant(GOLDEN[f"{case}/c"]) if f"{case}/c" in GOLDEN else None
    np.testing.assert_allclose(network(images, c), GOLDEN[f"{case}/logits"], rtol=0, atol=ATOL)
    first = network(images[:4], None if c is None else c[:4])
    np.testing.assert_allclose(first, GOLDEN[f"{case}/logits_first4"], rtol=0, atol=ATOL)


@pytest.mark.parametrize("case", LAYERS)
def test_minibatch_std(case):
    spec = GOLDEN.cases[case]
    y = minibatch_std(
        tf.constant(nhwc(GOLDEN[f"{case}/x"])), spec["group_size"], spec["num_channels"]
    )
    tolerance = (
        {"rtol": 1e-4, "atol": 0}
        if spec.get("compare") == "relative"
        else {"rtol": 0, "atol": 1e-5}
    )
    np.testing.assert_allclose(nchw(y), GOLDEN[f"{case}/y"], **tolerance)
