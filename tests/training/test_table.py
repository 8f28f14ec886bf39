"""Losses that are not shipped, as rows: what follows from a row, and that nothing else is needed."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import random
from ada_tf.settings import leaves_by_path
from ada_tf.training.iteration import phases
from ada_tf.training.iteration.config import LossConfig, OptimizerConfig
from ada_tf.training.iteration.losses import ADVERSARIAL, Adversarial, add_loss, squared_norm
from ada_tf.training.iteration.table import (
    PHASES,
    Phase,
    Term,
    active_phases,
    add_phase,
    lazy_ratio,
    running_means,
)
from tests.sentences import refused
from tests.training import tiny, toys

pytestmark = pytest.mark.usefixtures("untraced_module")

LOSS = LossConfig(r1_gamma=2.0, pl_weight=2.0)
R1 = PHASES["Dreg"].terms[0]
REALS = tf.constant(np.random.RandomState(0).uniform(-1, 1, [6, *toys.SHAPE]), tf.float32)
SEED = random.make_seed(7)
ALWAYS = lambda loss: 1.0  # noqa: E731


def phase(name):
    return PHASES[name]


def run(row, n=None, loss=LOSS):
    return phases.compute(row, n or toys.networks(), loss, REALS, None, SEED)


def mean_of(moments):
    return (moments[1] / moments[0]).numpy()


def test_what_weighs_nothing_is_no_phase():
    names = lambda loss: [row.name for row in active_phases(loss)]  # noqa: E731
    assert names(LOSS) == ["Gmain", "Greg", "Dmain", "Dreg"]
    assert names(dataclasses.replace(LOSS, r1_gamma=0.0)) == ["Gmain", "Greg", "Dmain"]
    assert names(dataclasses.replace(LOSS, pl_weight=0.0)) == ["Gmain", "Dmain", "Dreg"]
    assert running_means(LOSS) == ("path_length_mean",)
    assert running_means(dataclasses.replace(LOSS, pl_weight=0.0)) == ()


def test_reals_are_new_in_one_phase():
    (first,) = (row for row in PHASES.values() if row.new_reals)
    assert first.name == "Dmain"
    assert first.every(LOSS) == 1


def test_steps_of_the_optimizer_follow_from_the_rows():
    assert lazy_ratio("generator", LOSS) == pytest.approx(4 / 5)
    assert lazy_ratio("discriminator", LOSS) == pytest.approx(16 / 17)
    third = Phase("Dthird", "discriminator", "D/third", (R1,), every=lambda loss: 4)
    assert lazy_ratio("discriminator", LOSS, (*PHASES.values(), third)) == pytest.approx(
        1 / (1 + 1 / 16 + 1 / 4)
    )


def test_the_papers_regularisers_count_without_a_weight():
    """Their code corrects Adam all the same, and published learning rates are for that."""
    off = dataclasses.replace(LOSS, r1_gamma=0.0, pl_weight=0.0)
    assert lazy_ratio("generator", off) == pytest.approx(4 / 5)
    assert lazy_ratio("discriminator", off) == pytest.approx(16 / 17)


IDLE = R1._replace(report="idle", weight=lambda loss: 0.0, means=("idle_mean",))


def trained():
    """State, statistics, numbers of Adam, watched tensors and traffic of a model after 2 iterations."""
    m = tiny.model(optimizer=OptimizerConfig(0.002, 0.5))
    tiny.train(m, 2)
    adam = [(o.beta_1, o.beta_2, o.epsilon) for o in (m.g_optimizer, m.d_optimizer)]
    return tiny.state(m), m.stats.read(), adam, m.step.watched_tensors(), m.step.bytes_reduced


@pytest.fixture(scope="module")
def usual_run():
    """The same of the table as it is."""
    return trained()


@pytest.mark.parametrize(
    "idle",
    [
        Phase("Didle", "discriminator", "D/idle", (IDLE,), every=lambda loss: 4),
        Phase("Gidle", "generator", "G/idle", (IDLE,)),
        PHASES["Dmain"]._replace(terms=(IDLE, *PHASES["Dmain"].terms)),
    ],
    ids=lambda row: row.name,
)
def test_a_row_that_weighs_nothing_changes_no_bit_of_a_run(idle, usual_run, monkeypatch):
    """Weights, moments, learning rates and averages after 2 iterations; statistics; names of all."""
    monkeypatch.setitem(PHASES, idle.name, idle)
    (expected, *more_expected), (found, *more) = usual_run, trained()
    assert more == more_expected
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.mark.parametrize("name", ["fake_logit", "bogus_logits", "_networks", "logits"])
def test_a_loss_that_needs_what_no_phase_has_is_told_what_there_is(name):
    term = Term(lambda x: x, (name,), ALWAYS)
    with refused(f"'{name}'"):
        run(phase("Dmain")._replace(terms=(term,)))


def test_a_loss_may_make_tensors_of_its_own():
    """Of a function of the inputs, with draws by a name of its own."""

    def noise(inputs):
        return random.normal(inputs.seed_of("my noise"), [len(REALS), 1])

    term = Term(lambda x, logits: x * logits, (noise, "real_logits"), ALWAYS)
    output = run(phase("Dmain")._replace(terms=(term,)))
    drawn = random.normal(random.fold_in(SEED, "my noise"), [len(REALS), 1])
    expected = np.mean(drawn * output.logits["real"])
    assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(expected, rel=1e-4)


def test_a_phase_of_an_unknown_network_is_refused():
    with refused("network='critic'"):
        add_phase(Phase("Cmain", "critic", "C/loss", (R1,)))
    with refused("'Gmain'"):
        add_phase(PHASES["Gmain"])


def test_hinge_is_a_word_in_the_configuration():
    hinge = dataclasses.replace(LOSS, adversarial="hinge")
    n = toys.networks()
    generator, discriminator = run(phase("Gmain"), n, hinge), run(phase("Dmain"), n, hinge)
    fake, real = (discriminator.logits[kind].numpy() for kind in ("fake", "real"))
    assert mean_of(generator.stats["Loss/G/loss"]) == pytest.approx(-fake.mean(), rel=1e-5)
    expected = (np.maximum(0, 1 - real) + np.maximum(0, 1 + fake)).mean()
    assert mean_of(discriminator.stats["Loss/D/loss"]) == pytest.approx(expected, rel=1e-5)


def test_a_game_from_outside_is_a_word_in_the_configuration():
    """Least squares (arXiv 1611.04076, equation 9), whose threshold moves p."""
    game = Adversarial(
        generator=(lambda fake: tf.square(fake - 1), ("fake_logits",)),
        discriminator=(
            lambda fake, real: tf.square(fake) + tf.square(real - 1),
            ("fake_logits", "real_logits"),
        ),
        threshold=lambda real_logits, fake_logits: 0.5,
    )
    usual = leaves_by_path(LossConfig)["adversarial"]
    assert (
        usual.help == f"Adversarial loss: {', '.join([*ADVERSARIAL][:-1])} or {[*ADVERSARIAL][-1]}."
    )
    add_loss("lsgan", game)
    try:
        assert usual.help.endswith(" or lsgan.")
        loss = dataclasses.replace(LOSS, adversarial="lsgan")
        output = run(phase("Dmain"), loss=loss)
        fake, real = (output.logits[kind].numpy() for kind in ("fake", "real"))
        expected = (fake**2 + (real - 1) ** 2).mean()
        assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(expected, rel=1e-5)
        with refused("'lsgan'"):
            add_loss("lsgan", game)
    finally:
        del ADVERSARIAL["lsgan"]
    with refused("game=", "'lsgan'"):
        add_loss("lsgan", game.generator)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_both_sides_of_a_game_pull_against_each_other(name):
    """At the point of indecision, D wants reals up and fakes down, G fakes up."""
    game = ADVERSARIAL[name]

    def slopes(side):
        function, needs = side
        logits = {kind: tf.zeros([3, 1]) for kind in needs}
        with tf.GradientTape() as tape:
            tape.watch(logits)
            total = tf.reduce_sum(function(*(logits[kind] for kind in needs)))
        gradients = tape.gradient(total, logits)
        return {kind: float(tf.reduce_sum(g)) for kind, g in gradients.items()}

    assert slopes(game.generator)["fake_logits"] < 0
    found = slopes(game.discriminator)
    assert found["real_logits"] < 0 < found["fake_logits"]


def test_relativistic_losses_are_rows():
    """Each network sees the difference of the logits (arXiv 1807.00734). G's phase looks at reals, too."""
    generator = Term(
        lambda fake, real: tf.nn.softplus(real - fake), ("fake_logits", "real_logits"), ALWAYS
    )
    row = phase("Gmain")._replace(terms=(generator,))
    n = toys.networks()
    output = run(row, n)
    fake, real = (output.logits[kind].numpy() for kind in ("fake", "real"))
    assert mean_of(output.stats["Loss/G/loss"]) == pytest.approx(
        np.log1p(np.exp(real - fake)).mean(), rel=1e-5
    )
    assert output.stats["Loss/scores/real"][0] == len(REALS)
    assert abs(output.gradients[0].numpy()) > 0


def test_r2_is_a_second_term_of_the_same_phase():
    """The same penalty at fakes (arXiv 1801.04406, equation 10). D(A(x)) = 3 w sum(x) for both."""
    r2 = Term(squared_norm, ("fake_gradients",), lambda loss: loss.r1_gamma / 2, "r2_penalty")
    row = phase("Dreg")._replace(terms=(R1, r2))
    output = run(row)
    penalty = 9 * 0.25**2 * np.prod(toys.SHAPE)
    for name in ("r1_penalty", "r2_penalty"):
        assert mean_of(output.stats[f"Loss/{name}"]) == pytest.approx(penalty)
    assert mean_of(output.stats["Loss/D/reg"]) == pytest.approx(2 * LOSS.r1_gamma / 2 * penalty)
    slope = 16 * 2 * LOSS.r1_gamma / 2 * 2 * penalty / 0.25
    assert output.gradients[0].numpy() == pytest.approx(slope)


def lecam(real_logits, fake_logits, mean_real, mean_fake, decay=0.99):
    """LeCam regularisation (arXiv 2104.03310, equation 7), with running means of both logits."""
    penalty = tf.square(real_logits - mean_fake) + tf.square(fake_logits - mean_real)
    move = lambda mean, x: decay * mean + (1 - decay) * tf.reduce_mean(x)  # noqa: E731
    return penalty, move(mean_real, real_logits), move(mean_fake, fake_logits)


def test_lecam_brings_running_means():
    means = ("lecam_real", "lecam_fake")
    term = Term(
        lecam, ("real_logits", "fake_logits", *means), lambda loss: 0.5, "lecam", means=means
    )
    row = phase("Dmain")
    row = row._replace(terms=(*row.terms, term))
    assert running_means(LOSS, (row,)) == means
    n = toys.networks()
    n.means.update({name: tf.Variable(0.25) for name in means})
    output, plain = run(row, n), run(phase("Dmain"))
    fake, real = (output.logits[kind].numpy() for kind in ("fake", "real"))
    penalty = np.mean((real - 0.25) ** 2 + (fake - 0.25) ** 2)
    assert mean_of(output.stats["Loss/lecam"]) == pytest.approx(penalty, rel=1e-5)
    total = mean_of(plain.stats["Loss/D/loss"]) + 0.5 * penalty
    assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(total, rel=1e-5)
    assert output.averages["lecam_real"].numpy() == pytest.approx(0.99 * 0.25 + 0.01 * real.mean())
    assert output.averages["lecam_fake"].numpy() == pytest.approx(0.99 * 0.25 + 0.01 * fake.mean())


def test_patches_and_images_are_weighed_alike():
    """A loss of patches counts as its mean over an image, so a penalty of images can be added."""
    patches = Term(lambda logits: tf.tile(logits[:, :, None], [1, 3, 1]), ("fake_logits",), ALWAYS)
    whole = Term(lambda logits: logits[:, 0], ("fake_logits",), ALWAYS)
    found = [
        run(phase("Dmain")._replace(terms=terms)) for terms in ((patches, whole), (whole, whole))
    ]
    for name in found[0].stats:
        np.testing.assert_allclose(found[0].stats[name], found[1].stats[name], rtol=1e-5)
    np.testing.assert_allclose(found[0].gradients, found[1].gradients, rtol=1e-5)


def test_the_generator_is_a_constant_for_the_discriminator():
    """Fakes of a discriminator's phase carry no gradient to the generator."""
    n = toys.networks()
    with tf.GradientTape() as tape:
        output = run(phase("Dmain"), n)
    assert tape.gradient(output.logits["fake"], n.generator.weight.value) is None
