"""Whole generators against the golden vectors."""

import numpy as np
import pytest
import tensorflow as tf

from tests.golden import networks
from tests.golden.golden import Golden, nchw

GOLDEN = Golden("synthesis_32")
ATOL = 1e-4


@pytest.fixture(scope="module", params=list(GOLDEN.cases))
def case(request):
    spec = GOLDEN.cases[request.param]
    return request.param, spec, networks.generator(spec["kwargs"], GOLDEN.params(request.param))


def check(image, name):
    np.testing.assert_allclose(nchw(image), GOLDEN[name], rtol=0, atol=ATOL)


@pytest.mark.parametrize("noise_mode", ["const", "none"])
def test_synthesis(case, noise_mode):
    name, spec, network = case
    assert network.num_ws == spec["num_ws"]
    check(
        network.synthesis(tf.constant(GOLDEN[f"{name}/ws"]), noise_mode=noise_mode),
        f"{name}/img_{noise_mode}",
    )


def test_whole_generator(case):
    name, spec, network = case
    labels = GOLDEN[f"{name}/c"] if f"{name}/c" in GOLDEN else None
    z = tf.constant(GOLDEN[f"{name}/z"])
    check(network(z, labels), f"{name}/img_z")
    cut = network(z, labels, truncation_psi=0.7, truncation_cutoff=spec["truncation_cutoff"])
    check(cut, f"{name}/img_z_psi0.7_cut")


def test_every_block(case):
    name, _, network = case
    x = image = None
    ws = tf.constant(GOLDEN[f"{name}/ws"])
    noises = iter(network.synthesis._noises(len(ws), "const", None))
    styles = iter(network.synthesis._styles(ws))
    for r, block in zip(network.synthesis.shape.blocks, network.synthesis.blocks, strict=True):
        mine = [next(styles) for _ in block.styled]
        x, image = block(x, image, mine, [next(noises) for _ in block.convs])
        np.testing.assert_allclose(
            np.mean(x, axis=(0, 1, 2)), GOLDEN[f"{name}/x_{r}_mean"], rtol=0, atol=ATOL
        )
        spread = np.std(x, axis=(0, 1, 2), ddof=1)
        np.testing.assert_allclose(spread, GOLDEN[f"{name}/x_{r}_std"], rtol=1e-4, atol=ATOL)
        if f"{name}/rgb_{r}" in GOLDEN:
            check(image, f"{name}/rgb_{r}")
