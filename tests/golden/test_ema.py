"""The decay of the generator's average, which the ADA traces carry along, against the golden vectors."""

import numpy as np
import pytest

from ada_tf.training.iteration.optimizer import ema_decay
from tests.golden.golden import Golden

GOLDEN = Golden("ada_trace")
CASES = [case for case in GOLDEN.cases if f"{case}/beta" in GOLDEN]


def test_every_case_of_the_file_is_run():
    assert all(f"{c}/beta" in GOLDEN or f"{c}/p_trace" in GOLDEN for c in GOLDEN.cases)


@pytest.mark.parametrize("case", CASES)
def test_decay(case):
    spec, expected = GOLDEN.cases[case], GOLDEN[f"{case}/beta"]
    ours = [
        ema_decay(spec["batch_size"], i * spec["nimg_step"], spec["ema_kimg"], spec["ema_rampup"])
        for i in range(len(expected))
    ]
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=0)
