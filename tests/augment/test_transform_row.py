"""A transform from outside: one row, and it is drawn, applied, named and documented."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import (
    AdaptiveAugmentation,
    AugmentPolicy,
    Transform,
    add_policy,
    add_transform,
    apply,
    named_policies,
    policy,
    sample_params,
    transform_row,
)
from tests.sentences import refused

X = np.random.default_rng(0).uniform(-1, 1, [64, 8, 8, 3]).astype(np.float32)
SEED = [3, 4]


def darker(**changes):
    """A row that multiplies images by a factor of its own."""
    row = {
        "name": "dark",
        "about": "factor of 1 to 1 - `dark_max`",
        "strengths": {"dark_max": 0.5},
        "distribution": transform_row.UNIFORM,
        "formula": lambda values, policy, p: 1.0 - values * policy["dark_max"],
        "stage": lambda images, params, options: images * params.dark[:, None, None, None],
        "neutral": 1.0,
    }
    return Transform(**{**row, **changes})


@pytest.fixture
def tables():
    """Tables of the package that forget what a test adds."""
    kept = [
        (table, dict(table))
        for table in (policy.TRANSFORMS, policy.DEFAULTS, named_policies.POLICIES)
    ]
    yield
    for table, rows in kept:
        table.clear()
        table.update(rows)


def test_a_row_from_outside_is_drawn_and_applied(tables):
    before = sample_params(SEED, 64, 0.5, "bgc")
    assert add_transform(darker()) is policy.TRANSFORMS["dark"]
    params = sample_params(SEED, 64, 0.5, {"dark": 1.0})
    assert list(params) == ["dark"]
    happened = params.dark.numpy() != 1.0
    assert 16 < happened.sum() < 48
    assert params.dark.numpy().min() < 0.7
    np.testing.assert_allclose(
        apply(X, params), X * params.dark.numpy()[:, None, None, None], atol=1e-6
    )
    for name, value in sample_params(
        SEED, 64, 0.5, {**policy.get_policy("bgc"), "dark": 1}
    ).items():
        if name != "dark":
            np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_its_strength_is_a_setting(tables):
    add_transform(darker())
    weak, strong = (
        sample_params(SEED, 64, 1.0, AugmentPolicy(dark=1.0, dark_max=s)).dark for s in (0.1, 0.3)
    )
    np.testing.assert_allclose(3 * (1 - weak), 1 - strong, rtol=1e-4)
    assert AugmentPolicy(dark=1.0, dark_max=0.5) == AugmentPolicy(dark=1.0)


def test_a_layer_takes_it_under_the_name_of_a_policy(tables):
    add_transform(darker())
    add_policy("bgc+dark", {**named_policies.POLICIES["bgc"], "dark": 1.0})
    layer = AdaptiveAugmentation("bgc+dark", p=0.9)
    expected = apply(X, sample_params(SEED, 64, 0.9, {**policy.get_policy("bgc"), "dark": 1.0}))
    np.testing.assert_array_equal(layer(X, seed=SEED), expected)
    assert layer.get_config()["policy"] == "bgc+dark"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "hue"},
        {"parameter": "hue"},
        {"strengths": {"hue_max": 0.5}},
        {"name": "two words"},
    ],
)
def test_rows_that_are_refused(tables, changes):
    known = dict(policy.DEFAULTS)
    with refused():
        add_transform(darker(**changes))
    assert "dark" not in policy.TRANSFORMS
    assert known == policy.DEFAULTS


def test_a_noise_seed_is_there_for_rows_that_ask_for_one(tables):
    add_transform(
        darker(
            noise=True,
            stage=lambda images, params, options: (
                images + tf.cast(params.noise_seed[0], tf.float32) * 0.0
            ),
        )
    )
    assert sample_params(SEED, 2, 1.0, {"dark": 1}).noise_seed is not None
    assert sample_params(SEED, 2, 1.0, {"hue": 1}).noise_seed is None


def test_parameters_without_a_transform_are_refused():
    with refused():
        apply(X, {"huue": tf.zeros([64])})
    with pytest.raises(AttributeError, match="huue"):
        _ = sample_params(SEED, 2, 1.0).huue


def test_every_row_stands_on_its_page():
    page = (pathlib.Path(__file__).parents[2] / "docs" / "api" / "augment.md").read_text()
    for row in policy.TRANSFORMS.values():
        strengths = [f"`{name}` {str(value).strip('()')}" for name, value in row.strengths.items()]
        line = f"| `{row.multiplier}` | {row.about} | {', '.join(strengths)} |"
        assert line in page.splitlines(), line
