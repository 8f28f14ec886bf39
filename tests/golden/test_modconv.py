"""Modulated and resampling convolutions against the golden vectors, in every implementation."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import conv
from tests.golden.golden import Golden, nchw, nhwc
from tests.ops import convolutions

GOLDEN = Golden("modconv")
KINDS = ("modulated_conv2d", "modulated_conv2d_grad", "conv2d_resample")
MODULATED = [c for c, v in GOLDEN.cases.items() if v["kind"] == "modulated_conv2d"]
GRADIENTS = [c for c, v in GOLDEN.cases.items() if v["kind"] == "modulated_conv2d_grad"]
RESAMPLED = [c for c, v in GOLDEN.cases.items() if v["kind"] == "conv2d_resample"]
ATOL = 2e-5
RESAMPLE = {"folded": convolutions.folded, "unfolded": conv.conv2d_resample}


def test_every_case_is_run():
    assert {v["kind"] for v in GOLDEN.cases.values()} <= set(KINDS)


def hwio(w, flip_weight):
    """[O, I, k, k] -> [k, k, I, O]; a kernel meant for true convolution is rotated."""
    w = np.transpose(w, (2, 3, 1, 0))
    return tf.constant(w if flip_weight else np.ascontiguousarray(w[::-1, ::-1]))


def modulated(case, resample):
    spec = GOLDEN.cases[case]
    assert spec["padding"] == spec["kernel"] // 2
    noise = GOLDEN[f"{case}/noise"] if f"{case}/noise" in GOLDEN else None
    if noise is not None:
        noise = noise[np.newaxis, :, :, np.newaxis] if noise.ndim == 2 else nhwc(noise)
    inputs = [
        tf.constant(nhwc(GOLDEN[f"{case}/x"])),
        hwio(GOLDEN[f"{case}/weight"], spec["flip_weight"]),
        tf.constant(GOLDEN[f"{case}/styles"]),
    ]
    with tf.GradientTape() as tape, pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv, "conv2d_resample", RESAMPLE[resample])
        tape.watch(inputs)
        y = conv.modulated_conv2d(
            *inputs,
            GOLDEN[f"{case}/resample_filter"],
            demodulate=spec["demodulate"],
            up=spec["up"],
            down=spec["down"],
            noise=noise,
        )
    return y, tape, inputs


@pytest.mark.parametrize("implementation", RESAMPLE)
@pytest.mark.parametrize("case", MODULATED)
def test_modulated(case, implementation):
    y, _, _ = modulated(case, implementation)
    np.testing.assert_allclose(nchw(y), GOLDEN[f"{case}/y"], rtol=0, atol=ATOL)


@pytest.mark.parametrize("implementation", RESAMPLE)
@pytest.mark.parametrize("case", GRADIENTS)
def test_gradients(case, implementation):
    y, tape, inputs = modulated(case, implementation)
    np.testing.assert_allclose(nchw(y), GOLDEN[f"{case}/y_f64"], rtol=0, atol=ATOL)
    dx, dw, ds = tape.gradient(y, inputs, output_gradients=tf.constant(nhwc(GOLDEN[f"{case}/dy"])))
    np.testing.assert_allclose(nchw(dx), GOLDEN[f"{case}/dx_f64"], rtol=0, atol=ATOL)
    np.testing.assert_allclose(ds, GOLDEN[f"{case}/dstyles_f64"], rtol=0, atol=ATOL)
    flip = GOLDEN.cases[case]["flip_weight"]
    np.testing.assert_allclose(dw, hwio(GOLDEN[f"{case}/dweight_f64"], flip), rtol=0, atol=ATOL)


@pytest.mark.parametrize("case", RESAMPLED)
def test_definition(case):
    spec = GOLDEN.cases[case]
    x, w = tf.constant(nhwc(GOLDEN[f"{case}/x"])), hwio(GOLDEN[f"{case}/w"], True)
    f = GOLDEN[f"{case}/f"] if spec["has_filter"] else None
    y = convolutions.reference(
        x,
        w,
        f,
        up=spec["up"],
        down=spec["down"],
        padding=spec["padding"],
        flip_weight=spec["flip_weight"],
        flip_filter=spec["flip_filter"],
    )
    np.testing.assert_allclose(nchw(y), GOLDEN[f"{case}/y"], rtol=0, atol=ATOL)
    plain = (
        not spec["flip_filter"] and spec["groups"] == 1 and spec["padding"] == spec["kernel"] // 2
    )
    if not plain or (spec["up"], spec["down"]) not in [(1, 1), (2, 1), (1, 2)]:
        return  # our networks need only these, the definition covers the rest
    w = hwio(GOLDEN[f"{case}/w"], spec["flip_weight"])
    for resample in RESAMPLE.values():
        fast = resample(x, w, f, up=spec["up"], down=spec["down"])
        np.testing.assert_allclose(nchw(fast), GOLDEN[f"{case}/y"], rtol=0, atol=ATOL)
