import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.inference.find_directions import (
    closed_form,
    direction_between,
    find_directions,
    principal,
)
from ada_tf.inference.generate import map_latents
from ada_tf.inference.w_samples import SAMPLES, drawn_labels, sample_w
from ada_tf.label_space import LabelSpace


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
    with pytest.raises(UserError, match=r"methods=\['ica'\] must be of sefa, pca."):
        find_directions(plain[1], ["ica"])
    with pytest.raises(UserError, match="styles=.* must be"):
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
    with pytest.raises(UserError, match="needs class numbers"):
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
