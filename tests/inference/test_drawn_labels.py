"""Labels that nobody asked for: as the data has them, by seed, said in a line."""

import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.inference.drawn_labels import drawn_labels, labels_if_drawn, labels_of_seeds
from ada_tf.inference.film import film
from ada_tf.inference.generate import generate, generator_of
from ada_tf.inference.open_networks import open_trained
from ada_tf.inference.styles import mix_styles
from ada_tf.label_space import LabelSpace

NAMES = ("cat", "dog", "owl")
# Skewed; a number, one that is there or not, and one that nobody knows.
SPACE = LabelSpace(
    3, NAMES, ("age", "hat"), ((20, 30, 80), (0, 0, 1)), ((40, 20), (0, 1)), (0.7, 0.0, 0.3)
)


def test_a_seed_has_its_label_wherever_it_stands():
    whole = labels_of_seeds(SPACE, range(20))
    np.testing.assert_array_equal(labels_of_seeds(SPACE, [7, 3]), whole[[7, 3]])
    assert len(np.unique(whole[:, 3])) == 20


def test_labels_stay_what_they_were():
    """Pictures of a seed that somebody has published: another stream would be other pictures."""
    skewed = labels_of_seeds(LabelSpace(5, shares=(0.1, 0.3, 0.2, 0.3, 0.1)), range(12))
    assert list(skewed) == [2, 3, 1, 2, 1, 2, 4, 2, 2, 3, 1, 3]
    equal = drawn_labels(LabelSpace(5), 12)
    assert list(equal.argmax(axis=1)) == [3, 1, 1, 2, 3, 2, 4, 3, 2, 1, 1, 3]


def test_labels_come_as_in_the_data():
    labels = labels_of_seeds(SPACE, range(4000))
    assert (labels.dtype, labels.shape) == (np.float32, (4000, 5))
    np.testing.assert_allclose(labels[:, :3].mean(axis=0), (0.7, 0, 0.3), atol=0.03)
    assert set(labels[:, :3].sum(axis=1)) == {1}
    assert np.median(labels[:, 3]) == pytest.approx(30, abs=1)
    np.testing.assert_allclose(np.quantile(labels[:, 3], (0.25, 0.75)), (25, 55), atol=2)
    assert set(labels[:, 4]) == {0}  # there or not: as most pictures have it, and no half hats
    of_classes = labels_of_seeds(LabelSpace(3), range(3000))
    assert of_classes.dtype.kind == "i"
    np.testing.assert_allclose(np.bincount(of_classes) / 3000, [1 / 3] * 3, atol=0.03)
    unknown = labels_of_seeds(LabelSpace(0, (), ("a",)), range(3))
    np.testing.assert_array_equal(unknown, [[0]] * 3)


def test_a_label_does_not_follow_from_its_latent():
    """Both are drawn from the seed: with one stream, the old would have a first number above 0."""
    z = [np.random.RandomState(seed).randn() for seed in range(2000)]
    age = LabelSpace(0, (), ("age",), ((0, 0.5, 1),))
    assert abs(np.corrcoef(z, labels_of_seeds(age, range(2000))[:, 0])[0, 1]) < 0.08


@pytest.mark.parametrize(
    ("space", "seeds", "words"),
    [
        (
            LabelSpace(3, NAMES, (), (), (), (0, 1, 0)),
            range(3),
            "3 dog; ask for others by --class,",
        ),
        (LabelSpace(2), [0], "1 class "),
        (LabelSpace(0, (), ("age",)), range(2), "age 0; ask for others by --label,"),
        (LabelSpace(9), range(500), ", 5 more; ask"),
        (SPACE, range(50), ", age 20"),
        (SPACE, range(50), ", hat 0; ask for others by --class and --label, in Python by labels="),
    ],
)
def test_what_was_drawn_is_said_in_a_line(space, seeds, words, capsys):
    class Known:
        label_space = space

    labels_if_drawn(Known, seeds)
    out, line = capsys.readouterr()
    assert (out, line.count("\n")) == ("", 1)
    assert line.startswith("labels: drawn by seed as in the data: ")
    assert words in line


def test_pictures_without_a_word_about_labels(conditional, monkeypatch):
    """Of a network that was loaded; the seed decides both, in pictures, mixtures and films."""
    generator = generator_of(open_trained(conditional[0]))
    drawn = labels_of_seeds(generator.label_space, range(4))
    assert len(set(drawn)) > 1
    expected = generate(generator, seeds=range(4), labels=drawn)
    np.testing.assert_array_equal(generate(generator, seeds=range(4)), expected)
    grid = mix_styles(generator, [0, 1], [2, 3], [0])
    np.testing.assert_allclose(grid[1:, 0], expected[:2], atol=1e-4)
    np.testing.assert_allclose(grid[0, 1:], expected[2:], atol=1e-4)
    for path in ("spline", "slerp"):
        first, _, third, _ = film(generator, 4, seeds=range(2), path=path)
        np.testing.assert_allclose([first, third], expected[:2], atol=1e-3)
    with pytest.raises(UserError, match="labels=None"):
        generate(generator, np.zeros([2, generator.z_dim]))  # latents without a seed
    generator.label_space = None
    with pytest.raises(UserError, match="labels=None"):
        generate(generator, seeds=range(4))
    assert labels_if_drawn(generator, range(4)) is None
