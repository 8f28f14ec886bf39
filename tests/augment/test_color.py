"""What the colour transforms do to colours."""

import colorsys

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentParams, apply, color

RGB = np.random.default_rng(0).uniform(-1, 1, [2, 3, 4, 3]).astype(np.float32)


def two(a, b):
    return tf.constant([a, b], tf.float32)


def test_brightness_and_contrast():
    out = apply(RGB, AugmentParams(brightness=two(0.1, -0.2)))
    np.testing.assert_allclose(out - RGB, np.full_like(RGB, 0.1) * [[[[1]]], [[[-2]]]], atol=1e-6)
    out = apply(RGB, AugmentParams(brightness=two(0.1, -0.2), contrast=two(2.0, 0.5)))
    np.testing.assert_allclose(out[0], (RGB[0] + 0.1) * 2, atol=1e-6)
    np.testing.assert_allclose(out[1], (RGB[1] - 0.2) / 2, atol=1e-6)


def test_lumaflip_inverts_the_luma_and_keeps_the_colour():
    out = apply(RGB, AugmentParams(lumaflip=two(1, 0))).numpy()
    luma = RGB[0].mean(-1, keepdims=True)
    np.testing.assert_allclose(out[0].mean(-1, keepdims=True), -luma, atol=1e-6)
    np.testing.assert_allclose(out[0] - out[0].mean(-1, keepdims=True), RGB[0] - luma, atol=1e-6)
    np.testing.assert_allclose(out[1], RGB[1], atol=1e-6)


def test_hue_turns_red_to_green():
    red = np.array([1, 0, 0], np.float32) * np.ones([2, 2, 2, 3], np.float32)
    out = apply(red, AugmentParams(hue=two(2 * np.pi / 3, np.pi / 3))).numpy()
    np.testing.assert_allclose(out[0, 0, 0], [0, 1, 0], atol=1e-6)
    hue = colorsys.rgb_to_hsv(*(out[1, 0, 0] - out[1, 0, 0].min()))[0]
    np.testing.assert_allclose(hue, 1 / 6, atol=1e-6)


def test_saturation_scales_the_distance_from_grey():
    out = apply(RGB, AugmentParams(saturation=two(0.0, 3.0)))
    luma = RGB.mean(-1, keepdims=True)
    np.testing.assert_allclose(out[0], np.repeat(luma[0], 3, -1), atol=1e-6)
    np.testing.assert_allclose(out[1], luma[1] + 3 * (RGB[1] - luma[1]), atol=1e-5)


def test_grey_images():
    grey = RGB[..., :1]
    out = apply(
        grey, AugmentParams(brightness=two(0.1, 0.2), contrast=two(2, 1), lumaflip=two(0, 1))
    )
    np.testing.assert_allclose(out[0], 2 * (grey[0] + 0.1), atol=1e-6)
    np.testing.assert_allclose(out[1], -(grey[1] + 0.2), atol=1e-6)
    params = AugmentParams(hue=two(1, 2), saturation=two(2, 3))
    np.testing.assert_array_equal(apply(grey, params), grey)


ALL = AugmentParams(
    brightness=two(0.1, -0.2),
    contrast=two(2.0, 0.5),
    lumaflip=two(1, 0),
    hue=two(1, 2),
    saturation=two(3.0, 0.5),
)


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_stays_and_colours_are_those_without_it(channels):
    x = np.random.default_rng(1).uniform(-1, 1, [2, 3, 4, channels]).astype(np.float32)
    out = apply(x, ALL)
    np.testing.assert_array_equal(out[..., -1:], x[..., -1:])
    np.testing.assert_array_equal(out[..., :-1], apply(x[..., :-1], ALL))


def test_bands_are_grey_images_of_their_own():
    x = np.random.default_rng(1).uniform(-1, 1, [2, 3, 4, 6]).astype(np.float32)
    out = apply(x, ALL)
    for band in range(6):
        np.testing.assert_allclose(
            out[..., band : band + 1], apply(x[..., band : band + 1], ALL), atol=1e-6
        )
    np.testing.assert_allclose(out[0], -2 * (x[0] + 0.1), atol=1e-6)


@pytest.mark.parametrize(("channels", "times"), [(1, 0), (2, 0), (3, 0), (4, 0), (6, 1)])
@pytest.mark.parametrize("name", ["hue", "saturation"])
def test_bands_without_hue_and_saturation_say_so(channels, times, name, monkeypatch):
    said = []
    monkeypatch.setattr(color.logging, "log_first_n", lambda *message: said.append(message))
    apply(tf.ones([2, 3, 4, channels]), AugmentParams(**{name: two(1, 2)}))
    assert [message[1] % message[3] for message in said] == [color.UNMIXED % channels] * times
