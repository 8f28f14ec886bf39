"""FIR filters and resampling against the golden vectors."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import fir
from tests.golden.golden import Golden, nchw, nhwc

GOLDEN = Golden("upfirdn2d")
OPS = {
    "upfirdn2d": fir.upfirdn2d,
    "filter2d": fir.filter2d,
    "upsample2d": fir.upsample2d,
    "downsample2d": fir.downsample2d,
}
SETUPS = [c for c, v in GOLDEN.cases.items() if v["kind"] == "setup_filter"]
RESAMPLING = [c for c, v in GOLDEN.cases.items() if v["kind"] in OPS]
ATOL = 2e-5


def test_every_case_is_run():
    assert sorted(SETUPS + RESAMPLING) == sorted(GOLDEN.cases)


@pytest.mark.parametrize("case", SETUPS)
def test_filter(case):
    args = dict(GOLDEN.cases[case]["args"])
    taps, flip = args.pop("f"), args.pop("flip_filter", False)
    ours = fir.make_filter(taps, flip=flip, **args)
    np.testing.assert_allclose(ours, GOLDEN[f"{case}/f_out"], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", RESAMPLING)
def test_resampling(case):
    spec = GOLDEN.cases[case]
    args = dict(spec["args"])
    flip = args.pop("flip_filter", False)
    f = GOLDEN[f"{case}/f"] if f"{case}/f" in GOLDEN else None
    x = tf.constant(nhwc(GOLDEN[f"{case}/x"]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = OPS[spec["kind"]](x, f, flip=flip, **args)
        total = tf.reduce_sum(y * nhwc(GOLDEN[f"{case}/dy"]))
    np.testing.assert_allclose(nchw(y), GOLDEN[f"{case}/y"], rtol=0, atol=ATOL)
    np.testing.assert_allclose(
        nchw(tape.gradient(total, x)), GOLDEN[f"{case}/dx"], rtol=0, atol=ATOL
    )
