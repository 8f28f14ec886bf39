"""The augmentation pipeline against the golden vectors: every transform, set and intermediate."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentParams, AugmentPolicy, apply, sample_params
from ada_tf.augment.color import color_matrices
from ada_tf.augment.filtering import band_gains, filter_bank
from ada_tf.augment.geometry import inverse_matrices
from ada_tf.augment.random_params import Draws, params_from_draws
from ada_tf.ops import graph
from ada_tf.ops.supersampling import FILTER, margins

from .golden import Golden, nchw, nhwc

GOLDEN = Golden("augment")
DEBUG = [case for case in GOLDEN.cases if case.startswith("debug/")]
RAND = [case for case in GOLDEN.cases if case.startswith("rand/")]

GEOMETRY_ATOL, OTHER_ATOL = 1e-4, 1e-5


def atol_of(case):
    """The reference's own float32 error of geometry is 2e-5; of everything else 1e-6."""
    return GEOMETRY_ATOL if f"{case}/G_inv" in GOLDEN else OTHER_ATOL


def policy_of(case):
    return AugmentPolicy(**{name: float(v) for name, v in GOLDEN.cases[case]["flags"].items()})


def check_intermediates(case, params, shape, at=()):
    """Compare every intermediate that the case has; `at` selects the percentile."""
    height, width = shape[2:]

    def expected(name):
        return GOLDEN[f"{case}/{name}"][at]

    if f"{case}/G_inv" in GOLDEN:
        matrices = inverse_matrices(params, height, width)
        np.testing.assert_allclose(matrices, expected("G_inv")[:, :2], atol=3e-5)
        y, x = np.asarray(margins(matrices, height, width))
        raw = np.array([x[0], y[0], x[1], y[1]])
        np.testing.assert_allclose(raw, expected("margin_raw"), atol=1e-4)
        near_whole = np.abs(raw - np.round(raw)) < 1e-4
        assert np.all((np.ceil(raw) == expected("margin")) | near_whole)
    if f"{case}/C" in GOLDEN:
        if shape[1] == 1:
            params = AugmentParams({**params, "hue": None, "saturation": None})
        np.testing.assert_allclose(color_matrices(params), expected("C")[:, :3], atol=OTHER_ATOL)
    if f"{case}/imgfilter_g" in GOLDEN:
        gains = band_gains(params.imgfilter)
        np.testing.assert_allclose(gains, expected("imgfilter_g"), rtol=OTHER_ATOL)
    if f"{case}/noise_sigma" in GOLDEN:
        np.testing.assert_allclose(params.noise, expected("noise_sigma"), atol=1e-6)
    if f"{case}/cutout_size" in GOLDEN:
        size = np.repeat(params.cutout_size[:, None], 2, axis=1)
        np.testing.assert_allclose(size, expected("cutout_size"), atol=1e-6)
        np.testing.assert_allclose(params.cutout_center, expected("cutout_center"), atol=1e-6)


def test_filters():
    np.testing.assert_allclose(FILTER, GOLDEN["Hz_geom"], atol=1e-7)
    np.testing.assert_allclose(filter_bank(), GOLDEN["Hz_fbank"], atol=1e-7)


def test_every_case_is_here():
    assert len(DEBUG) + len(RAND) == len(GOLDEN.cases) > 0


@pytest.mark.parametrize("case", DEBUG)
def test_percentiles(case):
    config = GOLDEN.cases[case]
    x = GOLDEN[config["images"]]
    noise, crop = None, (slice(None), *(slice(*config["out_slice"][axis]) for axis in "cyx"))
    if f"{case}/noise_img" in GOLDEN:
        noise = np.zeros_like(x)  # stored cropped as the output is
        noise[crop] = GOLDEN[f"{case}/noise_img"]
        noise = nhwc(noise)
    for k, percentile in enumerate(config["percentiles"]):
        params = sample_params([1, 2], len(x), 0.25, policy_of(case), debug_percentile=percentile)
        check_intermediates(case, params, x.shape, at=k)
        out = nchw(apply(nhwc(x), params, noise))[crop]
        np.testing.assert_allclose(out, GOLDEN[f"{case}/out"][k], atol=atol_of(case))


def draws_of(case, policy, channels):
    """Name the raw draws of a case: they come transform by transform, value first, then gate."""
    config = GOLDEN.cases[case]
    raw = [GOLDEN[f"{case}/draw_{i:02d}"] for i in range(len(config["draws"]))]
    kinds = [kind for kind, _ in config["draws"]]
    values, gates, noise = {}, {}, None

    def take(kind, *shape):
        assert kinds.pop(0) == kind
        return raw.pop(0).reshape(config["shape"][0], *shape).astype(np.float32)

    def pair(name, kind, *shape):
        values[name], gates[name] = take(kind, *shape), take("rand")

    steps = [
        ("xflip", "xflip", "rand", ()),
        ("rotate90", "rotate90", "rand", ()),
        ("xint", "xint", "rand", (2,)),
        ("scale", "scale", "randn", ()),
        ("rotate", "pre_rotate", "rand", ()),
        ("aniso", "aniso", "randn", ()),
        ("rotate", "post_rotate", "rand", ()),
        ("xfrac", "xfrac", "randn", (2,)),
        ("brightness", "brightness", "randn", ()),
        ("contrast", "contrast", "randn", ()),
        ("lumaflip", "lumaflip", "rand", ()),
        ("hue", "hue", "rand", ()),
        ("saturation", "saturation", "randn", ()),
    ]
    for flag, name, kind, shape in steps:
        if not policy[flag]:
            continue
        if channels == 1 and name in ("hue", "saturation"):  # drawn for colour images only
            values[name] = np.full(config["shape"][0], 0.5, np.float32)
            gates[name] = np.ones(config["shape"][0], np.float32)
            continue
        pair(name, kind, *shape)
    if policy["imgfilter"]:
        bands = [(take("randn"), take("rand")) for _ in range(4)]
        values["imgfilter"], gates["imgfilter"] = (
            np.stack(v, axis=1) for v in zip(*bands, strict=True)
        )
    if policy["noise"]:
        pair("noise", "randn")
        noise = nhwc(take("randn", *config["shape"][1:]))
    if policy["cutout"]:
        gates["cutout"], values["cutout"] = take("rand"), take("rand", 2)
    assert not raw
    return Draws(values, gates), noise


@pytest.mark.parametrize(
    ("case", "jit_compile"),
    [
        *(pytest.param(case, None, id=case) for case in RAND),
        pytest.param("rand/bgcfnc_p0.7", True, id="rand/bgcfnc_p0.7-compiled"),
    ],
)
def test_random_draws(case, jit_compile):
    """Eagerly, and compiled by XLA, which looks up pixels instead of sorting images."""
    policy, x = policy_of(case), GOLDEN[f"{case}/x"]
    draws, noise = draws_of(case, policy, x.shape[1])
    draws = tf.nest.map_structure(tf.constant, draws)
    params = params_from_draws(draws, GOLDEN.cases[case]["p"], policy)
    check_intermediates(case, params, x.shape)

    def augment(x):
        return apply(x, params, noise)

    if jit_compile is not None:
        augment = graph(augment, jit_compile)
    out = nchw(augment(tf.constant(nhwc(x))))
    np.testing.assert_allclose(out, GOLDEN[f"{case}/out"], atol=atol_of(case))
