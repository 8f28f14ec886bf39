"""Seeds: derived by a published hash, and unrelated to each other; what is drawn from them."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import random

GOLDEN_RATIO = 0x9E3779B9


def finalizer(x):
    """That of MurmurHash3, as published, on 32 bits."""
    x ^= x >> 16
    x = x * 0x85EBCA6B % 2**32
    x ^= x >> 13
    x = x * 0xC2B2AE35 % 2**32
    return x ^ x >> 16


def folded(seed, value):
    """`fold_in` on Python's integers."""
    low, high = value % 2**31, value >> 31
    first = finalizer((seed[0] + finalizer((low + GOLDEN_RATIO) % 2**32)) % 2**32)
    second = finalizer((seed[1] ^ first) + finalizer((high - GOLDEN_RATIO) % 2**32) & 0xFFFFFFFF)
    return first, second


def unsigned(seed):
    return tuple(int(word) % 2**32 for word in seed)


def test_the_hash_is_the_published_one():
    assert [finalizer(x) for x in (0, 1, 2)] == [0, 0x514E28B7, 0x30F4C306]


@pytest.mark.parametrize("base", [0, 1, -1, 2**31, 2**32 + 7, 2**63 - 1])
def test_seeds_hold_64_bits(base):
    assert unsigned(random.make_seed(base)) == (base % 2**32, (base >> 32) % 2**32)


@pytest.mark.parametrize("value", [0, 1, 1000, 2**31 - 1, 2**31, 2**32, 5 * 2**48 + 123])
def test_values_are_folded_in_whole(value):
    seed = random.make_seed(123_456_789_012)
    expected = folded(unsigned(seed), value)
    assert unsigned(random.fold_in(seed, value)) == expected
    assert unsigned(random.fold_in(seed, tf.constant(value, tf.int64))) == expected


def test_every_bit_matters():
    """A flipped bit of the value flips each bit of the seed half of the time."""
    seed, values = random.make_seed(0), np.random.RandomState(0).randint(0, 2**31, [64])
    flips = []
    for value in values:
        bit = 1 << int(value) % 31
        a, b = (unsigned(random.fold_in(seed, int(v))) for v in (value, value ^ bit))
        flips.append([(x ^ y) >> i & 1 for x, y in zip(a, b, strict=True) for i in range(32)])
    share = np.mean(flips, axis=0)
    assert share.min() > 0.25
    assert share.max() < 0.75


def test_draws_are_of_their_distribution_and_of_the_seed():
    seed = random.make_seed(5)
    normal, uniform = random.normal(seed, [20000]).numpy(), random.uniform(seed, [20000]).numpy()
    assert abs(normal.mean()) < 0.03
    assert abs(normal.std() - 1) < 0.03
    assert (uniform.min(), uniform.max()) == pytest.approx((0, 1), abs=1e-3)
    assert abs(uniform.mean() - 0.5) < 0.01
    np.testing.assert_array_equal(normal, random.normal(seed, [20000]))
    other = random.normal(random.fold_in(seed, 0), [20000]).numpy()
    assert abs(np.mean(normal * other)) < 0.03
    assert random.normal(seed, [2], tf.float64).dtype == tf.float64
    assert random.uniform(seed, [2], tf.float16).dtype == tf.float16


def test_integers_are_equally_frequent_without_the_upper_end():
    found = random.integers(random.make_seed(1), [6000], 2, 5)
    assert found.dtype == tf.int32
    counts = np.bincount(found, minlength=6)
    assert counts[:2].sum() + counts[5:].sum() == 0
    assert np.square(counts[2:5] - 2000).sum() / 2000 < 13.8  # chi-square, once in a thousand


def test_the_upper_end_is_not_reached_by_rounding(monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda seed, shape: tf.constant([0.0, 1.0]))
    np.testing.assert_array_equal(random.integers(None, [2], -1, 3), [-1, 2])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_table_hashes_name_and_column(jit_compile):
    seed, names = np.array([123456, -98765], np.int32), ["scale", "hue", "scale gate"]
    draw = tf.function(lambda s, n: random.table(s, names, n), jit_compile=jit_compile)
    found = draw(tf.constant(seed), 5) if jit_compile else draw(seed, tf.constant(5))
    for row, name in zip(found.numpy(), names, strict=True):
        stream = folded(unsigned(seed), random.number_of(name))
        expected = [(folded(stream, column)[1] >> 8) / 2**24 for column in range(5)]
        np.testing.assert_array_equal(row, np.float32(expected))


def test_a_table_is_uniform_and_its_rows_are_unrelated():
    rows = random.table(random.make_seed(3), [str(k) for k in range(40)], 20000).numpy()
    assert rows.min() >= 0
    assert rows.max() < 1
    counts = np.stack([np.histogram(row, 20, (0, 1))[0] for row in rows])
    chi_square = np.square(counts - 1000).sum(axis=1) / 1000  # 19 degrees of freedom
    assert chi_square.max() < 52  # once in 20,000 for one row
    correlation = np.corrcoef(rows) - np.eye(40)
    assert np.abs(correlation).max() < 5.5 / np.sqrt(20000)
    shifted = [np.corrcoef(row[1:], row[:-1])[0, 1] for row in rows]
    assert np.abs(shifted).max() < 5.5 / np.sqrt(20000)
