"""What the paper says of an iteration, phase by phase, on networks of one weight.

The same functions are compared with golden numbers of real networks in tests/golden/test_losses.py.
"""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import random
from ada_tf.training.iteration import inputs, phases
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Draw
from ada_tf.training.iteration.table import PHASES as ROWS
from tests.training import toys

REALS = tf.constant(np.random.RandomState(0).uniform(-1, 1, [6, *toys.SHAPE]), tf.float32)
LABELS = tf.one_hot([0, 1, 2, 0, 1, 2], 3)
SEED = random.make_seed(7)
LOSS = LossConfig(r1_gamma=10.0)
CHI_SQUARE = 16.3  # of three degrees of freedom, exceeded once in a thousand


def run(phase, n, labels=None, seed=SEED, loss=None, reals=REALS):
    return phases.compute(ROWS[phase], n, loss or LOSS, reals, labels, seed)


def mean_of(moments):
    count, total, _ = moments.numpy()
    return total / count


def chi_square(counts, probabilities):
    expected = np.asarray(probabilities) * np.sum(counts)
    return np.sum((counts - expected) ** 2 / expected)


@pytest.mark.parametrize(
    ("phase", "shown"),
    [("Gmain", ["fakes"]), ("Greg", []), ("Dmain", ["fakes", "reals"]), ("Dreg", ["reals"])],
)
def test_the_discriminator_only_ever_sees_augmented_images(phase, shown):
    n = toys.networks()
    run(phase, n)
    given = [images for images, _, _ in n.augment.calls]
    made = [images for _, _, images in n.generator.synthesized]
    assert len(given) == len(shown)
    for images, kind in zip(given, shown, strict=True):
        np.testing.assert_array_equal(images, REALS if kind == "reals" else made[0])
    seen = [images for images, _ in n.discriminator.seen]
    assert len(seen) == len(shown)
    assert all(a is b for a, (_, _, b) in zip(seen, n.augment.calls, strict=True))


@pytest.mark.parametrize(
    ("phase", "draws"),
    [
        ("Gmain", [Draw.AUGMENT_FAKE]),
        ("Dmain", [Draw.AUGMENT_FAKE, Draw.AUGMENT_REAL]),
        ("Dreg", [Draw.AUGMENT_REAL]),
    ],
)
def test_fakes_and_reals_are_augmented_by_draws_of_their_own_names(phase, draws):
    n = toys.networks()
    run(phase, n)
    expected = [tuple(np.asarray(random.fold_in(SEED, draw))) for draw in draws]
    assert [tuple(np.asarray(seed)) for _, seed, _ in n.augment.calls] == expected


@pytest.mark.parametrize("phase", ROWS)
def test_every_draw_has_a_seed_of_its_own(phase, monkeypatch):
    """Reals and fakes are augmented differently, and latents are not the noise of path lengths."""
    seeds = []

    class Watched:
        def __getattr__(self, name):
            function = getattr(random, name)

            def call(seed, *arguments):
                if name != "streams":
                    seeds.append(seed)
                return function(seed, *arguments)

            return call

    monkeypatch.setattr(inputs, "random", Watched())
    n = toys.networks(source=[0.5, 0.25, 0.25])
    run(phase, n, LABELS)
    seeds += [seed for _, seed, _ in n.augment.calls + n.generator.synthesized]
    # z, labels, latents to mix, whether, from where, noise images, noise of path lengths, augmentation
    assert len(seeds) == {"Gmain": 7, "Greg": 7, "Dmain": 8, "Dreg": 1}[phase]
    assert len({tuple(np.asarray(seed)) for seed in seeds}) == len(seeds)


@pytest.mark.parametrize(("gamma", "interval"), [(2.0, 1), (0.5, 16)])
def test_r1_is_gamma_half_times_its_interval_through_the_augmentation(gamma, interval):
    """D(A(x)) = 3 w sum(x), so the squared norm of its gradient is 9 w^2 times the values of an image."""
    loss = LossConfig(r1_gamma=gamma, r1_interval=interval)
    output = run("Dreg", toys.networks(), loss=loss)
    values = np.prod(toys.SHAPE)
    assert mean_of(output.stats["Loss/r1_penalty"]) == pytest.approx(9 * 0.25**2 * values)
    assert mean_of(output.stats["Loss/D/reg"]) == pytest.approx(gamma / 2 * 9 * 0.25**2 * values)
    (gradient,) = output.gradients
    assert gradient.numpy() == pytest.approx(interval * gamma / 2 * 9 * 2 * 0.25 * values)


@pytest.mark.parametrize(("weight", "interval", "shrink"), [(2.0, 1, 1), (0.5, 4, 3)])
def test_path_length_is_weighted_by_its_interval(weight, interval, shrink):
    """An image is a * mean(ws), so the response to noise y is a * sum(y) / sqrt(pixels) everywhere."""
    mean, decay = 0.3, 0.2
    loss = replace(
        LOSS, pl_weight=weight, pl_interval=interval, pl_batch_shrink=shrink, pl_decay=decay
    )
    n = toys.networks(path_length_mean=mean)
    output = run("Greg", n, loss=loss)
    g, count = n.generator, 6 // shrink
    noise = random.normal(random.fold_in(SEED, Draw.PATH), [count, *toys.SHAPE]).numpy()
    per_ws = noise.sum(axis=(1, 2, 3)) / np.sqrt(toys.PIXELS) / (g.num_ws * g.w_dim)
    lengths = 0.5 * np.abs(per_ws) * np.sqrt(g.w_dim)
    updated = mean + decay * (lengths.mean() - mean)
    penalty = np.square(lengths - updated)
    # Lengths are proportional to a = 0.5; the running mean moves along with them.
    slope = 2 * (lengths - updated) * (lengths - decay * lengths.mean()) / 0.5
    assert output.averages["path_length_mean"].numpy() == pytest.approx(updated)
    assert output.stats["Loss/pl_penalty"][0] == count
    assert mean_of(output.stats["Loss/pl_penalty"]) == pytest.approx(penalty.mean())
    assert mean_of(output.stats["Loss/G/reg"]) == pytest.approx(weight * penalty.mean())
    (gradient,) = output.gradients
    assert gradient.numpy() == pytest.approx(interval * weight * slope.mean(), rel=1e-4)


def test_a_batch_is_never_shrunk_to_nothing():
    output = run("Greg", toys.networks(), loss=replace(LOSS, pl_batch_shrink=8))
    assert output.stats["Loss/pl_penalty"][0] == 1


def test_main_losses_are_logistic():
    """softplus(-D) for the generator, softplus(D) + softplus(-D) for the discriminator; their gradients."""
    softplus = lambda x: np.log1p(np.exp(x))  # noqa: E731
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    n = toys.networks()
    output = run("Gmain", n)
    fakes = n.generator.synthesized[0][2].numpy()
    fake = 3 * 0.25 * fakes.sum(axis=(1, 2, 3))
    assert mean_of(output.stats["Loss/G/loss"]) == pytest.approx(softplus(-fake).mean())
    assert output.gradients[0].numpy() == pytest.approx(np.mean(-sigmoid(-fake) * fake / 0.5))
    assert mean_of(output.stats["Loss/scores/fake"]) == pytest.approx(fake.mean())
    assert mean_of(output.stats["Loss/signs/fake"]) == np.sign(fake).mean()
    output = run("Dmain", n)  # the same seed, hence the same fakes
    real = 3 * 0.25 * REALS.numpy().sum(axis=(1, 2, 3))
    loss = softplus(fake) + softplus(-real)
    assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(loss.mean())
    slope = np.mean(sigmoid(fake) * fake - sigmoid(-real) * real) / 0.25
    assert output.gradients[0].numpy() == pytest.approx(slope)
    np.testing.assert_allclose(output.logits["real"][:, 0], real, rtol=1e-5)
    np.testing.assert_allclose(output.logits["fake"][:, 0], fake, rtol=1e-5)


def test_styles_are_mixed_above_one_random_cutoff():
    """The first layer is always of z, the last of the other latents if there is mixing at all."""
    probability, cutoffs = 0.6, []
    n, loss = toys.networks(), replace(LOSS, style_mixing_prob=probability)
    for i in range(300):
        run("Gmain", n, None, random.fold_in(SEED, i), loss, REALS[:2])
        ws = n.generator.synthesized[-1][0].numpy()
        own, other = (np.repeat(z[:, None], 4, axis=1) for z, _ in n.generator.mapped[-2:])
        of_z = (ws == own).all(axis=(0, 2))
        assert (of_z | (ws == other).all(axis=(0, 2))).all()
        cutoff = of_z.sum()
        np.testing.assert_array_equal(of_z, np.arange(4) < cutoff)
        cutoffs.append(cutoff)
    counts = np.bincount(cutoffs, minlength=5)
    assert counts[0] == 0
    assert chi_square(counts[1:], [0.2, 0.2, 0.2, 0.4]) < CHI_SQUARE


@pytest.mark.parametrize("phase", ["Gmain", "Greg", "Dmain"])
def test_the_mean_of_w_is_that_of_z(phase):
    """Not of the latents that are mixed in."""
    n = toys.networks()
    output = run(phase, n, loss=replace(LOSS, style_mixing_prob=1.0))
    (z, _), _ = n.generator.mapped
    np.testing.assert_allclose(output.averages["w_avg"], np.mean(z, axis=0), rtol=1e-5)


def test_without_mixing_there_is_one_mapping():
    n = toys.networks()
    run("Gmain", n, loss=replace(LOSS, style_mixing_prob=0.0))
    assert len(n.generator.mapped) == 1


def test_labels_of_fakes_are_as_frequent_as_in_the_data():
    frequencies = [0.5, 0.0, 0.3, 0.15, 0.05]
    n = toys.networks(source=frequencies)
    run("Gmain", n, reals=tf.zeros([2000, *toys.SHAPE]))
    labels = n.generator.mapped[0][1].numpy()
    np.testing.assert_array_equal(labels.sum(axis=1), 1)
    counts = labels.sum(axis=0)
    assert counts[1] == 0
    present = [0, 2, 3, 4]
    assert chi_square(counts[present], np.take(frequencies, present)) < CHI_SQUARE


def test_vectors_of_fakes_are_those_of_images_each_as_often():
    images = tf.constant([[1, 0, 0.5], [0, 1, -2], [0, 0, 7], [1, 1, 0]], tf.float32)
    n = toys.networks(source=images)
    run("Gmain", n, reals=tf.zeros([2000, *toys.SHAPE]))
    labels = n.generator.mapped[0][1].numpy()
    counts = [int((labels == image).all(axis=1).sum()) for image in images.numpy()]
    assert sum(counts) == 2000
    assert chi_square(counts, [0.25] * 4) < CHI_SQUARE


def test_both_networks_get_the_labels_of_the_images():
    n = toys.networks(source=[0.5, 0.25, 0.25])
    run("Dmain", n, LABELS)
    (_, drawn), (_, mixed) = n.generator.mapped
    of_fakes, of_reals = (labels for _, labels in n.discriminator.seen)
    assert drawn is mixed is of_fakes
    assert of_reals is LABELS
    for phase, labels in (("Gmain", None), ("Dreg", LABELS)):
        n.generator.mapped.clear()
        n.discriminator.seen.clear()
        run(phase, n, LABELS)
        expected = labels if labels is not None else n.generator.mapped[0][1]
        assert n.discriminator.seen[0][1] is expected
