"""The mapping network, its running average and truncation, against the golden vectors."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.mapping import truncate
from ada_tf.training.iteration.losses import updated_average
from tests.golden import networks
from tests.golden.golden import Golden

GOLDEN = Golden("mapping")
ATOL = 2e-5


def inputs(case):
    z = GOLDEN[f"{case}/z"] if f"{case}/z" in GOLDEN else None
    c = GOLDEN[f"{case}/c"] if f"{case}/c" in GOLDEN else None
    return z, c


@pytest.mark.parametrize("case", GOLDEN.cases)
def test_case(case):
    spec = GOLDEN.cases[case]
    network, beta = networks.mapping(spec["kwargs"], GOLDEN.params(case))
    w = network(*inputs(case))
    num_ws = spec["kwargs"]["num_ws"]
    if num_ws is None:
        np.testing.assert_allclose(w, GOLDEN[f"{case}/w_psi1"], rtol=0, atol=ATOL)
        return
    ws = tf.tile(w[:, tf.newaxis], [1, num_ws, 1])
    w_avg = tf.convert_to_tensor(network.w_avg)
    expected = {
        "w_psi1": (1.0, None),
        "w_psi0.5_cut": (0.5, spec["truncation_cutoff"]),
        "w_psi0.7": (0.7, None),
        "w_psi0": (0.0, None),
    }
    for name, (psi, cutoff) in expected.items():
        np.testing.assert_allclose(
            truncate(ws, w_avg, psi, cutoff), GOLDEN[f"{case}/{name}"], rtol=0, atol=ATOL
        )
    after = updated_average(w_avg, tf.reduce_mean(w, axis=0), beta)
    np.testing.assert_allclose(after, GOLDEN[f"{case}/w_avg_after"], rtol=0, atol=ATOL)
