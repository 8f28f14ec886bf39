"""Drawing the parameters: gates, ranges, purity."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentPolicy, sample_params
from ada_tf.augment.transforms import TRANSFORMS
from tests.sentences import refused

MANY = 20000
# All transforms there are, also those that no named policy has.
ALL = AugmentPolicy(**{t.multiplier: 1.0 for t in TRANSFORMS.values()})
NEUTRAL = {"scale": 1.0, "aniso": 1.0, "contrast": 1.0, "saturation": 1.0, "imgfilter": 1.0}
NEUTRAL |= {"vivid": 1.0, "tone": 1.0, "diffusion": 1.0}
# The fraction of open gates in which the drawn value is not the neutral one.
VISIBLE = {"xflip": 0.5, "rotate90": 0.75, "lumaflip": 0.5}


def changed(name, value):
    """Which samples are changed: bool [N] or [N, bands]."""
    different = np.asarray(value) != NEUTRAL.get(name, 0.0)
    return different.any(axis=1) if name in ("xint", "xfrac", "shift") else different


@pytest.mark.parametrize("p", [0.3, 0.8])
def test_gates_open_with_probability_p(p):
    params = sample_params([7, 3], MANY, p, ALL)
    rotations = [changed(n, params.pop(n)) for n in ("pre_rotate", "post_rotate")]
    for name in ("noise_seed", "cutout_center", "diffusion"):  # the last has a test of its own
        params.pop(name)
    deviation = 4.0 * np.sqrt(0.25 / MANY)
    for name, value in params.items():
        rate = changed(name, value).mean(axis=0)
        np.testing.assert_allclose(rate, p * VISIBLE.get(name, 1.0), atol=deviation, err_msg=name)
    either = rotations[0] | rotations[1]
    np.testing.assert_allclose(either.mean(), p, atol=deviation)
    np.testing.assert_allclose(rotations[0].mean(), rotations[1].mean(), atol=2 * deviation)


@pytest.mark.parametrize("policy", [ALL, AugmentPolicy(rotate=1.0, xflip=1.0)])
def test_above_1_nothing_more_happens(policy):
    """A controller without a cap moves p there."""
    one = sample_params([7, 3], MANY, 1.0, policy)
    above = sample_params([7, 3], MANY, 1.4, policy)
    assert list(one) == list(above)
    for name, value in one.items():
        np.testing.assert_array_equal(value, above[name], err_msg=name)


def test_gates_are_independent():
    params = sample_params([1, 2], MANY, 0.5, "bgcfnc")
    flags = [
        changed(name, params[name])
        for name in ("xint", "scale", "aniso", "xfrac", "brightness", "contrast", "hue", "noise")
    ]
    flags += list(changed("imgfilter", params["imgfilter"]).T)
    correlation = np.corrcoef(np.array(flags)) - np.eye(len(flags))
    assert np.abs(correlation).max() < 5.0 / np.sqrt(MANY)


def test_multipliers_scale_the_probability():
    policy = AugmentPolicy(brightness=0.5, imgfilter=1.0, imgfilter_bands=(1.0, 0.5, 0.0, 1.0))
    params = sample_params([5, 5], MANY, 0.8, policy)
    deviation = 4.0 * np.sqrt(0.25 / MANY)
    rate = changed("brightness", params.brightness).mean()
    np.testing.assert_allclose(rate, 0.4, atol=deviation)
    rates = changed("imgfilter", params.imgfilter).mean(axis=0)
    np.testing.assert_allclose(rates, [0.8, 0.4, 0.0, 0.8], atol=deviation)


def test_strengths():
    params = sample_params([2, 9], MANY, 1.0, "bgcfnc")

    def moments(value, mean, std):
        np.testing.assert_allclose(np.mean(value), mean, atol=5 * std / np.sqrt(MANY))
        np.testing.assert_allclose(np.std(value), std, rtol=0.03)

    moments(np.log2(params.scale), 0.0, 0.2)
    moments(np.log2(params.aniso), 0.0, 0.2)
    moments(params.xfrac, 0.0, 0.125)
    moments(params.brightness, 0.0, 0.2)
    moments(np.log2(params.contrast), 0.0, 0.5)
    moments(np.log2(params.saturation), 0.0, 1.0)
    moments(np.log2(params.imgfilter), 0.0, 1.0)
    moments(params.xint, 0.0, 0.25 / np.sqrt(12))
    moments(params.hue, 0.0, 2 * np.pi / np.sqrt(12))
    moments(params.pre_rotate, 0.0, 2 * np.pi / np.sqrt(12))
    moments(params.cutout_center, 0.5, 1 / np.sqrt(12))
    np.testing.assert_allclose(np.sqrt(np.mean(np.square(params.noise))), 0.1, rtol=0.03)
    assert np.min(params.noise) >= 0.0
    assert set(np.unique(params.xflip)) == {0, 1}
    assert set(np.unique(params.rotate90)) == {0, 1, 2, 3}
    assert np.all(params.cutout_size == np.float32(0.5))


@pytest.mark.parametrize(
    ("transform", "strength", "names"),
    [
        ("xint", "xint_max", ["xint"]), ("scale", "scale_std", ["scale"]), ("aniso", "aniso_std", ["aniso"]),
        ("rotate", "rotate_max", ["pre_rotate", "post_rotate"]), ("xfrac", "xfrac_std", ["xfrac"]),
        ("brightness", "brightness_std", ["brightness"]), ("contrast", "contrast_std", ["contrast"]),
        ("hue", "hue_max", ["hue"]), ("saturation", "saturation_std", ["saturation"]),
        ("imgfilter", "imgfilter_std", ["imgfilter"]), ("noise", "noise_std", ["noise"]),
        ("cutout", "cutout_size", ["cutout_size"]),
    ],
)  # fmt: skip
def test_strengths_are_factors(transform, strength, names):
    """Three times as strong: three times the parameter, or its logarithm, for the same draws."""
    default = getattr(AugmentPolicy(), strength)
    one, three = (
        sample_params([2, 9], 50, 1.0, AugmentPolicy(**{transform: 1.0, strength: default * k}))
        for k in (1, 3)
    )
    for name in names:
        a, b = np.asarray(getattr(one, name)), np.asarray(getattr(three, name))
        assert np.abs(a - NEUTRAL.get(name, 0.0)).max() > 0.01
        np.testing.assert_allclose(a**3 if name in NEUTRAL else 3 * a, b, rtol=1e-4)


def test_p_zero_is_neutral():
    params = sample_params([1, 1], 50, 0.0, ALL)
    for name in ("noise_seed", "cutout_center", "diffusion"):
        params.pop(name)
    assert not any(changed(name, value).any() for name, value in params.items())


def test_disabled_transforms_are_none():
    params = sample_params([1, 1], 2, 0.5, "color")
    assert params.xflip is None
    assert set(params) == {"brightness", "contrast", "lumaflip", "hue", "saturation"}


def test_transforms_draw_the_same_in_any_company():
    alone, among = sample_params([4, 4], 9, 0.5, "color"), sample_params([4, 4], 9, 0.5, "bgcfnc")
    np.testing.assert_array_equal(alone.hue, among.hue)


def test_pure():
    first, again = (sample_params([8, 1], 6, 0.9, "bg") for _ in range(2))
    other = sample_params([8, 2], 6, 0.9, "bg")
    np.testing.assert_array_equal(first.xfrac, again.xfrac)
    assert not np.any(first.xfrac.numpy() == other.xfrac.numpy())


@pytest.mark.parametrize("jit_compile", [False, True])
def test_in_a_graph_with_p_a_tensor(jit_compile):
    """Same nest and shapes; the numbers of a compiled graph are others than the eager ones."""
    draw = tf.function(lambda seed, p: sample_params(seed, 500, p, ALL), jit_compile=jit_compile)
    seed = tf.constant([3, 1])
    got, again, other = draw(seed, 0.5), draw(seed, 0.5), draw(seed + 1, 0.5)
    expected = sample_params([3, 1], 500, 0.5, ALL)
    for name, value in got.items():
        assert value.shape == getattr(expected, name).shape
        np.testing.assert_array_equal(value, getattr(again, name))
        assert np.any(value != getattr(other, name))
        if not jit_compile:
            np.testing.assert_allclose(value, getattr(expected, name), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(changed("scale", got.scale).mean(), 0.5, atol=0.1)
    neutral = draw(seed, tf.constant(0.0))
    assert np.all(neutral.scale == 1.0)
    assert not np.any(neutral.noise)


def test_percentile_opens_all_gates_but_those_of_absent_bands():
    policy = AugmentPolicy(scale=0.1, imgfilter=0.1, imgfilter_bands=(1.0, 0.0, 0.5, 1.0))
    params = sample_params([1, 1], 2, 0.0, policy, debug_percentile=0.9)
    assert np.all(changed("scale", params.scale))
    np.testing.assert_array_equal(changed("imgfilter", params.imgfilter), [[1, 0, 1, 1]] * 2)
    middle = sample_params([1, 1], 2, 1.0, "bgc", debug_percentile=0.5)
    np.testing.assert_allclose([middle.scale, middle.contrast], 1.0)
    np.testing.assert_allclose([middle.post_rotate, middle.hue], 0.0)


def test_percentile_refused():
    with refused("debug_percentile=1.0"):
        sample_params([1, 1], 2, 0.5, debug_percentile=1.0)
