"""Tests of find_directions."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference.drawn_labels import drawn_labels
from ada_tf.inference.find_directions import (
    closed_form,
    deviations,
    direction_between,
    find_directions,
    principal,
    separating,
)
from ada_tf.inference.generate import map_latents
from ada_tf.inference.w_samples import SAMPLES, sample_w
from ada_tf.label_space import LabelSpace
from tests.sentences import refused

# Identities of the three ways to directions, on weights and latents whose answer is known.


def random(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape)


def units(count, width, seed=0):
    found = random(count, width, seed=seed)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def changes(generator, layers, vectors):
    """|A n|^2 of vectors, by asking the affine layers themselves."""
    vectors = tf.constant(np.asarray(vectors, np.float32))
    zero = tf.zeros([1, vectors.shape[1]])
    return sum(
        np.square(layer.affine(vectors) - layer.affine(zero)).sum(axis=1)
        for number, layer in generator.synthesis.styled
        if number in layers
    )


@pytest.mark.parametrize("layers", [range(6), [0], [2, 3], [5]])
def test_nothing_changes_styles_more_than_the_closed_form(plain, layers):
    generator = plain[1]
    found, shares = closed_form(generator, layers, 8)
    np.testing.assert_allclose(found @ found.T, np.eye(8), atol=1e-5)
    change = changes(generator, layers, found)
    np.testing.assert_allclose(shares, change / change.sum(), rtol=1e-4, atol=1e-6)
    assert (np.diff(change) <= 1e-6 * change[0]).all()
    assert changes(generator, layers, units(500, 8)).max() < change[0]
    # Of what is orthogonal to the first, the second is the largest.
    others = units(500, 8) @ (np.eye(8) - np.outer(found[0], found[0]))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert changes(generator, layers, others).max() < change[1] * (1 + 1e-5)
    np.testing.assert_array_equal(closed_form(generator, layers, 3).vectors, found[:3])


def test_layers_are_those_of_their_latent(plain):
    """Without the affine layers of a number, its latent changes nothing, and any other does."""
    generator = plain[1].from_config(plain[1].get_config())
    ws = random(1, generator.num_ws, 8).astype(np.float32)
    assert sorted({number for number, _ in generator.synthesis.styled}) == list(range(6))
    for silent in range(generator.num_ws):
        for ours, theirs in zip(generator.variables, plain[1].variables, strict=True):
            ours.assign(theirs)
        for number, layer in generator.synthesis.styled:
            if number == silent:
                layer.affine.kernel.assign(tf.zeros_like(layer.affine.kernel))
        image = generator.synthesis(ws, noise_mode="const").numpy()
        for moved in range(generator.num_ws):
            other = ws + np.eye(generator.num_ws, dtype=np.float32)[moved][:, np.newaxis]
            same = generator.synthesis(other, noise_mode="const").numpy() == image
            assert same.all() == (moved == silent)


def test_a_generator_without_affine_layers_has_no_closed_form():
    class Other:
        synthesis = staticmethod(lambda ws: ws)

    with refused("method='sefa'"):
        closed_form(Other(), [0], 1)


def test_principal_axes_are_those_that_were_planted():
    spread = np.array([5.0, 3.0, 2.0, 1.0, 0.5])
    turn, _ = np.linalg.qr(random(5, 5, seed=1))
    w = random(20_000, 5) * spread @ turn + 7.0
    found, shares = principal(w, 5)
    np.testing.assert_allclose(np.abs(np.sum(found * turn, axis=1)), 1, atol=2e-3)
    np.testing.assert_allclose(shares, spread**2 / np.sum(spread**2), rtol=0.05)
    np.testing.assert_allclose(deviations(w, turn), spread, rtol=0.03)
    np.testing.assert_array_equal(principal(w, 2).vectors, found[:2])


def test_the_largest_number_of_an_axis_is_positive(plain):
    for found in (closed_form(plain[1], range(6), 8), principal(random(50, 8), 8)):
        rows = np.arange(8), np.abs(found.vectors).argmax(axis=1)
        assert (found.vectors[rows] > 0).all()


def test_axes_of_what_does_not_vary_are_axes():
    found, shares = principal(np.ones([9, 4]), 4)
    np.testing.assert_allclose(found @ found.T, np.eye(4), atol=1e-6)
    np.testing.assert_array_equal(shares, 0)


def sides(count, width, seed=0):
    """Latents at both sides of a plane through none of their means, and its normal."""
    normal = units(1, width, seed=5)[0]
    w = random(count, width, seed=seed) * 3 + 1
    above = w @ normal > np.median(w @ normal)
    return w[above], w[~above], normal


def test_a_planted_hyperplane_is_found():
    positive, negative, normal = sides(1000, 16)
    found = separating(positive, negative)
    assert np.linalg.norm(found.normal) == pytest.approx(1, abs=1e-5)
    assert found.normal @ normal > 0.97
    assert 0.9 < found.accuracy < 1
    assert found.error == pytest.approx(
        np.sqrt(found.accuracy * (1 - found.accuracy) / 1000), rel=0.1
    )
    other = separating(negative, positive)
    np.testing.assert_allclose(other.normal, -found.normal, atol=1e-3)
    np.testing.assert_array_equal(separating(positive, negative).normal, found.normal)


def test_the_scale_and_the_place_of_latents_are_nothing_to_a_hyperplane():
    positive, negative, _ = sides(200, 16)
    found, moved = separating(positive, negative), separating(positive * 50 + 9, negative * 50 + 9)
    np.testing.assert_allclose(moved.normal, found.normal, atol=1e-3)
    assert moved.accuracy == found.accuracy


def test_numbers_that_are_there_twice_change_nothing():
    """The penalty is one a number of w: widths of other networks need no other strength."""
    positive, negative, _ = sides(60, 16)
    found = separating(positive, negative)
    twice = separating(np.tile(positive, 2), np.tile(negative, 2))
    np.testing.assert_allclose(twice.normal, np.tile(found.normal, 2) / np.sqrt(2), atol=1e-3)
    assert twice.accuracy == found.accuracy


@pytest.mark.parametrize(("count", "seed"), [(30, 1), (30, 2), (200, 3), (200, 4)])
def test_random_sides_are_told_apart_as_by_chance(count, seed):
    """With 64 numbers for 30 latents a plane separates any sides that it is fitted to."""
    w = random(2 * count, 64, seed=seed)
    found = separating(w[:count], w[count:])
    assert abs(found.accuracy - 0.5) < 3 * found.error
    assert found.error == pytest.approx(np.sqrt(0.25 / (2 * count)), rel=0.1)


def test_the_larger_side_is_no_better_guess():
    w = random(330, 4)
    found = separating(w[:300], w[300:])
    assert abs(found.accuracy - 0.5) < 3 * found.error
    assert found.error > 0.04  # of the 30, of which nothing is known better for the 300


def test_two_of_each_are_enough():
    found = separating([[2.0, 0], [3, 1]], [[-2, 0], [-3, 1]])
    assert found.accuracy == 1
    assert found.normal[0] > 0.99


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        (np.ones([1, 3]), np.ones([5, 3])),
        (np.ones([5, 3]), np.ones([0, 3])),
        (np.ones([5, 3]), np.ones([5, 3])),
    ],
)
def test_sides_that_say_nothing(positive, negative):
    with refused():
        separating(positive, negative)


def test_directions_have_names_layers_and_the_spread_of_w(plain):
    generator = plain[1]
    found = find_directions(generator, count=2, styles=["coarse"])
    assert list(found) == ["sefa0", "sefa1", "pca0", "pca1"]
    w = sample_w(generator)
    axes = {"sefa": closed_form(generator, range(3), 2), "pca": principal(w, 2)}
    for name, one in found.items():
        method, number = name[:-1], int(name[-1])
        np.testing.assert_array_equal(one.direction.vector, axes[method].vectors[number])
        assert one.score == pytest.approx(axes[method].shares[number])
        assert one.direction.deviation == pytest.approx(np.std(w @ one.direction.vector), rel=1e-4)
        assert one.direction.layers.tolist() == [True] * 3 + [False] * 3
        assert not one.is_chance
    everything = find_directions(generator, ["pca"], count=100)
    assert len(everything) == 8
    assert everything["pca0"].direction.layers.all()
    assert sum(one.score for one in everything.values()) == pytest.approx(1)
    assert everything["pca0"].in_words().startswith("pca, ")


def test_methods_and_layers_that_there_are_not(plain):
    with refused("methods=['ica']"):
        find_directions(plain[1], ["ica"])
    with refused("styles=6"):
        find_directions(plain[1], styles=[6])


def test_the_direction_from_one_side_to_the_other(plain):
    generator = plain[1]
    ws = map_latents(generator, seeds=range(200))
    normal = principal(ws[:, 0], 1).vectors[0]
    above = ws[:, 0] @ normal > np.median(ws[:, 0] @ normal)
    found = direction_between(ws[above], ws[~above], generator, styles=[4, 5])
    assert found.direction.vector @ normal > 0.9
    assert found.score > 0.8
    assert not found.is_chance
    assert found.direction.layers.tolist() == [False] * 4 + [True] * 2
    deviation = np.std(sample_w(generator) @ found.direction.vector)
    assert found.direction.deviation == pytest.approx(deviation, rel=1e-4)
    # Layers that are not moved have no say.
    ws[:, :4] = np.random.RandomState(0).randn(*ws[:, :4].shape)
    again = direction_between(ws[above], ws[~above], generator, styles=[4, 5])
    np.testing.assert_array_equal(again.direction.vector, found.direction.vector)
    chance = direction_between(ws[:20], ws[20:40], generator)
    assert chance.is_chance
    assert chance.in_words().endswith("where chance is 50%")


def test_directions_follow_the_label(conditional):
    generator = conditional[1]
    labels = drawn_labels(LabelSpace(3), SAMPLES)
    drawn = find_directions(generator, ["pca"], count=1, labels=labels)["pca0"].direction
    of_class = find_directions(generator, ["pca"], count=1, labels=1)["pca0"].direction
    assert abs(drawn.vector @ of_class.vector) < 0.999
    w = map_latents(generator, np.random.RandomState(0).randn(5000, 8), labels=1)[:, 0]
    assert of_class.deviation == pytest.approx(np.std(w @ of_class.vector), rel=0.05)
    ws = map_latents(generator, seeds=range(9), labels=1)
    between = direction_between(ws[:4], ws[4:], generator, labels=1).direction
    assert between.deviation == pytest.approx(np.std(w @ between.vector), rel=0.05)
    with refused("labels=None"):
        find_directions(generator)


def test_samples_are_the_same_whatever_comes_after(conditional):
    generator, labels = conditional[1], drawn_labels(LabelSpace(3), 2500)
    w = sample_w(generator, 2500, labels)
    assert w.shape == (2500, 8)
    np.testing.assert_allclose(sample_w(generator, 1200, labels[:1200]), w[:1200], atol=1e-5)
    mine = labels[:, 2] == 1
    of_class = sample_w(generator, 2500, 2)
    np.testing.assert_allclose(w[mine], of_class[mine], atol=1e-5)
    assert np.abs(w[~mine] - of_class[~mine]).max() > 0.1
    vector = np.array([0, 0, 1], np.float32)
    np.testing.assert_allclose(sample_w(generator, 10, vector), of_class[:10], atol=1e-5)


def test_labels_are_drawn_as_far_as_the_data_is_known():
    assert drawn_labels(LabelSpace(), 5) is None
    space = LabelSpace(4, (), ("a", "b"), ((0.0, 0.0, 1.0), (-1.0, 2.0, 5.0)))
    found = drawn_labels(space, 4000)
    assert found.shape == (4000, 6)
    np.testing.assert_allclose(found[:, :4].mean(axis=0), 0.25, atol=0.03)
    assert set(found[:, :4].sum(axis=1)) == {1}
    for column, (low, median, high) in zip(found[:, 4:].T, space.ranges, strict=True):
        assert low <= column.min() <= column.max() <= high
        assert np.median(column) == pytest.approx(median, abs=0.1)
    assert abs(np.corrcoef(found[:, 4], found[:, 5])[0, 1]) < 0.05
    np.testing.assert_array_equal(drawn_labels(space, 10), found[:10])
    unknown = drawn_labels(LabelSpace(2, (), ("a",)), 10)
    assert not unknown[:, 2].any()
