"""Methods for few images: in the phases of an iteration, in a state, and beside each other."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import pseudo_reals
from ada_tf.augment.methods import moved
from ada_tf.data import DataConfig
from ada_tf.ops import random
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration import phases
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Draw
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.iteration.table import PHASES as ROWS
from ada_tf.training.presets import preset
from tests.training import tiny, toys

REALS = tf.constant(np.random.RandomState(0).uniform(-1, 1, [6, *toys.SHAPE]), tf.float32)
LABELS = tf.one_hot([0, 1, 2, 0, 1, 2], 3)
SEED = random.make_seed(7)
LOSS = LossConfig(r1_gamma=10.0)
TINY = preset("tiny", data=DataConfig("digits", resolution=16, channels=1))
VALUES = np.prod(toys.SHAPE)


def run(phase, n, loss=LOSS, labels=None):
    return phases.compute(ROWS[phase], n, loss, REALS, labels, SEED)


def mean_of(moments):
    return (moments[1] / moments[0]).numpy()


def with_pseudo(n, p):
    return n._replace(pseudo_reals=lambda reals, fakes, seed: pseudo_reals(reals, fakes, p, seed))


@pytest.mark.parametrize("phase", ["Dmain", "Dreg"])
def test_some_reals_are_fakes_of_others(phase):
    """With their own labels, and before their augmentation; no image is its own partner."""
    n = with_pseudo(toys.networks(source=[0.5, 0.25, 0.25]), 0.5)
    run(phase, n, labels=LABELS)
    shown, labels = n.augment.calls[-1][0].numpy(), n.discriminator.seen[-1][1].numpy()
    made, drawn = n.generator.synthesized[0][2].numpy(), n.generator.mapped[0][1].numpy()
    fakes, fake_labels = np.roll(made, 1, axis=0), np.roll(drawn, 1, axis=0)
    gates = random.uniform(random.fold_in(SEED, Draw.PSEUDO), [6]).numpy() < 0.5
    assert 0 < gates.sum() < 6
    np.testing.assert_array_equal(shown, np.where(gates[:, None, None, None], fakes, REALS))
    np.testing.assert_array_equal(labels, np.where(gates[:, None], fake_labels, LABELS))


def test_p_0_shows_reals():
    plain, pseudo = (run("Dmain", n) for n in (toys.networks(), with_pseudo(toys.networks(), 0.0)))
    tf.nest.map_structure(np.testing.assert_array_equal, plain, pseudo)


def test_the_generator_meets_reals_alone():
    n = with_pseudo(toys.networks(), 1.0)
    output = run("Gmain", n, replace(LOSS, adversarial="relativistic"))
    np.testing.assert_allclose(
        output.logits["real"][:, 0], 0.75 * np.sum(REALS, axis=(1, 2, 3)), rtol=1e-5
    )


def test_r2_is_r1_at_fakes():
    output = run("Dreg", toys.networks(), replace(LOSS, r1_gamma=0.0, r2_gamma=3.0))
    penalty = 9 * 0.25**2 * VALUES
    assert mean_of(output.stats["Loss/r2_penalty"]) == pytest.approx(penalty)
    assert mean_of(output.stats["Loss/D/reg"]) == pytest.approx(1.5 * penalty)
    assert output.gradients[0].numpy() == pytest.approx(16 * 1.5 * 2 * penalty / 0.25)
    assert set(output.logits) == {"fake"}


def test_the_gradient_penalty_is_taken_between_reals_and_fakes():
    """D(A(x)) = 3 w sum(x): the norm of its gradient is 3 w sqrt(values) everywhere."""
    n = toys.networks()
    output = run("Dreg", n, replace(LOSS, r1_gamma=0.0, gp_weight=2.0))
    norm = 3 * 0.25 * np.sqrt(VALUES)
    assert mean_of(output.stats["Loss/D/reg"]) == pytest.approx(2 * (norm - 1) ** 2, rel=1e-5)
    slope = 16 * 2 * 2 * (norm - 1) * norm / 0.25
    assert output.gradients[0].numpy() == pytest.approx(slope, rel=1e-4)
    share = random.uniform(random.fold_in(SEED, Draw.BETWEEN), [6]).numpy()[:, None, None, None]
    fakes = n.generator.synthesized[0][2]
    ((points, _, _),) = n.augment.calls
    np.testing.assert_allclose(points, share * REALS + (1 - share) * fakes, atol=1e-6)
    assert not output.logits


def test_lecam_of_the_first_batch():
    n = toys.networks()
    n.means.update({name: tf.Variable(0.0) for name in ("lecam_real", "lecam_fake", "lecam_share")})
    output = run("Dmain", n, replace(LOSS, lecam_weight=0.5))
    plain = run("Dmain", toys.networks())
    real, fake = (output.logits[kind].numpy() for kind in ("real", "fake"))
    penalty = np.maximum(real - fake.mean(), 0) ** 2 + np.maximum(real.mean() - fake, 0) ** 2
    assert mean_of(output.stats["Loss/lecam"]) == pytest.approx(penalty.mean(), rel=1e-4)
    assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(
        mean_of(plain.stats["Loss/D/loss"]) + penalty.mean() / 2, rel=1e-4
    )
    assert output.averages["lecam_real"].numpy() == pytest.approx(0.01 * real.mean(), rel=1e-4)
    assert output.averages["lecam_share"].numpy() == pytest.approx(0.01)


def test_consistency_compares_with_the_same_image_moved():
    """T(A(x)) of the augmented image that D saw, real and generated alike."""
    n = toys.networks()
    output = run("Dmain", n, replace(LOSS, bcr_weight=2.0))
    total = 0
    for kind, images, draws in (
        ("real", REALS, (Draw.AUGMENT_REAL, Draw.MOVED_REAL)),
        ("fake", n.generator.synthesized[0][2], (Draw.AUGMENT_FAKE, Draw.MOVED_FAKE)),
    ):
        again = moved(3 * images, random.fold_in(SEED, draws[1]))
        other = 0.25 * np.sum(again, axis=(1, 2, 3))
        penalty = np.square(output.logits[kind][:, 0] - other).mean()
        assert penalty > 0
        assert mean_of(output.stats[f"Loss/bcr_{kind}"]) == pytest.approx(penalty, rel=1e-3)
        total += 2 * penalty
    plain = mean_of(run("Dmain", toys.networks()).stats["Loss/D/loss"])
    assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(plain + total, rel=1e-3)
    augmented = [tuple(np.asarray(seed)) for _, seed, _ in n.augment.calls]
    assert len(augmented) == 4
    assert len(set(augmented)) == 2


def test_nearby_latents_are_drawn_together_by_d_and_apart_by_g():
    loss = replace(LOSS, zcr_weight=3.0, zcr_generator_weight=5.0, zcr_std=0.1)
    d, g = toys.networks(), toys.networks()
    of_d, of_g = run("Dmain", d, loss), run("Gmain", g, loss)
    (ws, seed, fakes), (near_ws, near_seed, near) = d.generator.synthesized
    assert seed is near_seed
    step = random.normal(random.fold_in(SEED, Draw.NEAR), [6, 5])
    (z, _), *_, (near_z, _) = d.generator.mapped
    np.testing.assert_allclose(near_z, z + 0.1 * step, atol=1e-6)
    mixed = (ws == near_ws).numpy().all(axis=(0, 2))
    np.testing.assert_array_equal(mixed, np.sort(mixed))  # above one cutoff both have other styles
    logits = [0.75 * np.sum(x, axis=(1, 2, 3)) for x in (fakes, near)]
    penalty = np.square(logits[0] - logits[1]).mean()
    assert mean_of(of_d.stats["Loss/zcr_d"]) == pytest.approx(penalty, rel=1e-3)
    apart = np.square(fakes - near).mean()
    plain = mean_of(run("Gmain", toys.networks()).stats["Loss/G/loss"])
    assert mean_of(of_g.stats["Loss/G/loss"]) == pytest.approx(plain - 5 * apart, rel=1e-4)
    assert [len(n.discriminator.seen) for n in (d, g)] == [3, 1]


@pytest.mark.usefixtures("untraced")
def test_the_statistic_of_differences_ignores_the_level():
    """The last bias of D moves all logits: with r_t of signs, every real image would be above 0."""
    m = tiny.model(loss=replace(tiny.LOSS, adversarial="relativistic", pl_weight=0.0))
    bias = m.discriminator.variables[-1]
    assert bias.shape == (1,)
    bias.assign([50.0])
    tiny.train(m, 1)
    seen = m.augment.observed()
    assert seen.rt < 1 < 40 < seen.real / seen.count
    assert seen.count == seen.images == tiny.BATCH  # R1 sees no fakes
    stats = m.stats.read()
    assert stats[STATISTIC]["mean"] == pytest.approx(seen.rt)
    assert stats[STATISTIC]["num"] == seen.count
    assert stats["Loss/signs/real"]["mean"] == 1  # says nothing here


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("mode", ["fixed", "noaug", "adarv"])
def test_what_moves_p_is_recorded_as_the_statistic(mode):
    """Signs of all passes of D, R1's among them, and without ADA what would move it; r_v is no sign."""
    m = tiny.model(augment=AugmentConfig(mode=mode, p=0.5, pipe="color"))
    tiny.train(m, 1)
    stats = m.stats.read()
    if mode == "adarv":  # reported by its callback
        assert STATISTIC not in stats
        return
    assert stats[STATISTIC] == stats["Loss/signs/real"]
    if mode == "fixed":
        assert stats[STATISTIC]["mean"] == pytest.approx(m.augment.observed().rt)
        assert stats[STATISTIC]["num"] == m.augment.observed().count == 2 * tiny.BATCH


METHODS = {
    "consistency": (None, replace(tiny.LOSS, bcr_weight=1.0, zcr_weight=1.0)),
    "apa": (AugmentConfig(mode="fixed", p=0.5, pseudo_reals=True), tiny.LOSS),
    "lecam": (None, replace(tiny.LOSS, lecam_weight=0.1)),
    "relativistic": (None, replace(tiny.LOSS, adversarial="relativistic", r2_gamma=0.5)),
    "wasserstein": (
        None,
        replace(tiny.LOSS, adversarial="wasserstein", r1_gamma=0.0, gp_weight=10.0),
    ),
}


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("name", METHODS)
def test_a_run_with_a_method_goes_on_exactly(name):
    augment, loss = METHODS[name]
    whole, rest = (tiny.model(augment=augment, loss=replace(loss, pl_weight=0.0)) for _ in range(2))
    tiny.assert_goes_on_exactly(whole, rest)
