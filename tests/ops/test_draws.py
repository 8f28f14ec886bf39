"""Draws do not change: against the golden file, and when one more transform is added."""

import json

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import policy, random_params, transform_row
from ada_tf.augment.transforms import TRANSFORMS
from ada_tf.ops import random
from tests.ops import make_draws

GOLDEN = json.loads(make_draws.FILE.read_text())
HINT = "record it by `python -m tests.ops.make_draws`, which must change no other line"


def test_seeds():
    assert make_draws.seeds() == GOLDEN["fold_in"]


def test_streams_are_folds_of_their_names():
    seed, names = tf.constant(make_draws.SEED), ["noise", "order", "noise"]
    found = [stream.numpy().tolist() for stream in random.streams(seed, names)]
    assert found == [GOLDEN["fold_in"][name] for name in names]
    assert random.streams(seed, []) == []


def test_seeds_of_an_iteration():
    assert make_draws.iterations() == GOLDEN["iteration"]


def test_order_of_images():
    assert make_draws.orders() == GOLDEN["order"]["7 images"]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_parameters_of_all_transforms(jit_compile):
    golden = GOLDEN["xla" if jit_compile else "plain"]
    found = make_draws.parameters(jit_compile)
    for name, value in found.items():
        assert name in golden, f"{name}: {HINT}"
        np.testing.assert_allclose(value, golden[name], rtol=1e-5, atol=1e-6, err_msg=name)
    assert sorted(found) == sorted(golden)


def test_every_stream_has_a_name_of_its_own():
    """CRC-32 gives each another number, too."""
    rows = list(TRANSFORMS)
    names = [*rows, *(f"{name} gate" for name in rows), "noise image"]
    assert len({random.number_of(name) for name in names}) == len(names)


@pytest.mark.parametrize("place", [0, 5, len(TRANSFORMS)])
def test_one_more_transform_changes_no_other(monkeypatch, place):
    """Wherever its row stands, and however much it draws."""
    seed = tf.constant(make_draws.SEED)
    before = random_params.sample_params(seed, 5, 0.7, make_draws.FULLEST)
    row = transform_row.Transform(
        name="vignette", about="darker corners", distribution=transform_row.NORMAL,
        formula=transform_row.normal("xfrac_std"), stage=None, values=3, gates=3,
        multiplier="xflip", parameter="corners",
    )  # fmt: skip
    rows = list(TRANSFORMS.values())
    rows.insert(place, row)
    monkeypatch.setattr(policy, "TRANSFORMS", {row.name: row for row in rows})
    draws = random_params.draw(seed, 5, rows)
    assert draws.values["vignette"].shape == (5, 3)
    after = random_params.params_from_draws(draws, 0.7, make_draws.FULLEST, before.noise_seed)
    assert after.pop("corners").shape == (5, 3)
    assert sorted(after) == sorted(before)
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name], err_msg=name)


def test_values_and_gates_of_all_transforms_are_unrelated():
    """Different streams: no two columns of the draws are alike."""
    draws = random_params.draw(tf.constant(make_draws.SEED), 4000, TRANSFORMS.values())
    columns = np.concatenate(
        [np.reshape(x, [4000, -1]) for part in draws for x in part.values()], axis=1
    )
    correlation = np.corrcoef(columns.T) - np.eye(columns.shape[1])
    assert np.abs(correlation).max() < 5.5 / np.sqrt(4000)
