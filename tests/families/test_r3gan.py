"""R3GAN against the same networks and losses in NumPy; its initial weights, settings, presets and runs."""

import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference.find_directions import find_directions, methods_for
from ada_tf.inference.generate import generate, synthesize
from ada_tf.inference.picture_distance import psnr
from ada_tf.inference.projection import ProjectionConfig, project
from ada_tf.inference.styles import mix_styles
from ada_tf.inference.tuning import tune
from ada_tf.models import count_weights, variables_by_name
from ada_tf.models.build import make_discriminator, make_generator, seeded
from ada_tf.models.config import R3GANConfig
from ada_tf.models.families import DISCRIMINATORS, GENERATORS
from ada_tf.models.sizes import group_of
from ada_tf.ops import random
from ada_tf.settings import SettingError, at
from ada_tf.shape import Shape
from ada_tf.training.config import AugmentConfig
from ada_tf.training.dependent_defaults import check_given
from ada_tf.training.forecast import passes
from ada_tf.training.iteration import phases
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Inputs, Networks
from ada_tf.training.iteration.table import PHASES, active_phases, lazy_ratio
from ada_tf.training.presets import preset
from ada_tf.training.r3gan_presets import gamma_of
from tests.sentences import refused
from tests.training import tiny

NETWORK = R3GANConfig(
    generator="r3gan", discriminator="r3gan", z_dim=3, channel_base=32, channel_max=6, blocks=2,
    group_size=4, precision="float32",
)  # fmt: skip
# Wider than high; widths of 6 and 4, and groups of 4 inside of 12 and 8.
SHAPE, CLASSES = Shape.parse("16x8", 2), 3
SCALES = ((0.0, 1.0), (0.5, 2.0), (-1.0, 0.5))  # mean and deviation of each number of a label
SEED = random.make_seed(5)
LOSS = LossConfig(
    adversarial="relativistic", r1_gamma=3.0, r2_gamma=0.7, r1_interval=0, pl_weight=0.0,
    style_mixing_prob=0.0,
)  # fmt: skip


# ---- The same in NumPy, float64, from the paper: each step returns its result and its adjoint.


def convolved(x, w):
    """Correlate by groups: [N, H, W, I] with [k, k, I / groups, O]."""
    k, _, group, outputs = w.shape
    groups, (_, height, width, inputs) = x.shape[3] // group, x.shape
    ends = [(0, 0), (k // 2, k // 2), (k // 2, k // 2), (0, 0)]
    padded, y = np.pad(x, ends), np.zeros([*x.shape[:3], outputs])
    places = [
        (a, b, slice(g * group, (g + 1) * group), slice(g * outputs // groups, (g + 1) * outputs // groups))
        for g, a, b in itertools.product(range(groups), range(k), range(k))
    ]  # fmt: skip
    for a, b, ins, outs in places:
        y[..., outs] += padded[:, a : a + height, b : b + width, ins] @ w[a, b][:, outs]

    def back(dy):
        dx = np.zeros([len(x), height + k - 1, width + k - 1, inputs])
        for a, b, ins, outs in places:
            dx[:, a : a + height, b : b + width, ins] += dy[..., outs] @ w[a, b][:, outs].T
        p = k // 2
        return dx[:, p : p + height, p : p + width]

    return y, back


def leaky(x, bias):
    slope = np.where(x + bias > 0, 1.0, 0.2)
    return (x + bias) * slope, lambda dy: dy * slope


def halving(n):
    """[n / 2, n]: the mean of four pixels, 1 3 3 1, none beyond the border."""
    matrix = np.zeros([n // 2, n])
    for out, tap in itertools.product(range(n // 2), range(4)):
        if 0 <= 2 * out - 1 + tap < n:
            matrix[out, 2 * out - 1 + tap] = (1, 3, 3, 1)[tap] / 8
    return matrix


def halved(x):
    rows, columns = (halving(n) for n in x.shape[1:3])
    along = lambda a, b, x: np.einsum("ah,bw,nhwc->nabc", a, b, x)  # noqa: E731
    return along(rows, columns, x), lambda dy: along(rows.T, columns.T, dy)


def doubled(x):
    rows, columns = (2 * halving(2 * n).T for n in x.shape[1:3])
    return np.einsum("ah,bw,nhwc->nabc", rows, columns, x)


def residual(x, v, name):
    y, backs = x, []
    for i in range(3):
        y, back = convolved(y, v[f"{name}.conv{i}.kernel"])
        backs.append(back)
        if i < 2:
            y, back = leaky(y, v[f"{name}.conv{i}.bias"])
            backs.append(back)

    def adjoint(dy):
        dx = dy
        for back in reversed(backs):
            dx = back(dx)
        return dy + dx

    return x + y, adjoint


def embedding(labels, kernel):
    means, deviations = np.transpose(SCALES)
    x = (labels - means) / deviations @ kernel / np.sqrt(len(kernel))
    return x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-8)


def judged(v, images, labels):
    """Logits [N] and the gradient of each with respect to its image."""
    x, backs = images, []

    def take(step):
        nonlocal x
        x, back = step
        backs.append(back)

    take(convolved(x, v["fromrgb.kernel"]))
    for stage in range(2):
        for block in range(2):
            take(residual(x, v, f"stages.{stage}.residual.{block}"))
        if stage == 0:
            take(convolved(x, v["stages.0.change.kernel"]))
            take(halved(x))
    features = np.einsum("nhwc,hwc->nc", x, v["basis"]) @ v["head"]
    embedded = embedding(labels, v["embed.dense.kernel"]) / np.sqrt(features.shape[1])
    gradient = np.einsum("nc,hwc->nhwc", embedded @ v["head"].T, v["basis"])
    for back in reversed(backs):
        gradient = back(gradient)
    return np.sum(features * embedded, axis=1), gradient


def made(v, z, labels):
    """Images of latents."""
    w = np.concatenate([z, embedding(labels, v["embed.dense.kernel"])], axis=1)
    x = v["basis"] * (w @ v["modulation"])[:, None, None]
    for stage in range(2):
        if stage == 1:
            x = convolved(doubled(x), v["stages.1.change.kernel"])[0]
        for block in range(2):
            x, _ = residual(x, v, f"stages.{stage}.residual.{block}")
    return convolved(x, v["torgb.kernel"])[0]


def softplus(x):
    return np.logaddexp(0, x)


def loss_of_d(v, reals, labels, fakes, fake_labels):
    real, at_reals = judged(v, reals, labels)
    fake, at_fakes = judged(v, fakes, fake_labels)
    r1, r2 = (np.mean(np.sum(g**2, axis=(1, 2, 3))) for g in (at_reals, at_fakes))
    return np.mean(softplus(fake - real)) + 3.0 / 2 * r1 + 0.7 / 2 * r2


# ---- Both agree.


class Case:
    def __init__(self):
        with seeded(3):
            self.g = make_generator(NETWORK, SHAPE, CLASSES, label_scales=SCALES)
            self.d = make_discriminator(NETWORK, SHAPE, CLASSES, label_scales=SCALES)
        r = np.random.RandomState(0)
        for variable in (*self.g.variables, *self.d.variables):
            # Last layers of blocks and biases start at 0, where they would show no mistake.
            variable.assign_add(0.3 * r.randn(*variable.shape))
        self.reals = r.uniform(-1, 1, [4, *SHAPE.hwc])
        self.labels = np.eye(CLASSES)[[0, 2, 1, 2]]
        self.networks = Networks(
            self.g, self.d, lambda images, seed: images, tf.constant([0.5, 0.25, 0.25]), {}
        )
        inputs = Inputs(self.networks, LOSS, "discriminator", set(), self.reals, None, 4, SEED)
        self.z, self.fake_labels = (
            inputs[name].numpy().astype(float) for name in ("z", "fake_labels")
        )

    def arrays(self, network):
        named = variables_by_name(network).items()
        return {name: np.asarray(variable, float) for name, variable in named}

    def output(self, phase):
        reals, labels = (tf.constant(a, tf.float32) for a in (self.reals, self.labels))
        return phases.compute(PHASES[phase], self.networks, LOSS, reals, labels, SEED)

    def slopes(self, network, gradients, function):
        """(slope by our gradients, by finite differences) along directions of all weights."""
        v = self.arrays(network)
        ids = {id(variable): name for name, variable in variables_by_name(network).items()}
        names = [ids[id(variable)] for variable in network.trainable_variables]
        for name, gradient in zip(names, gradients, strict=True):
            direction = np.random.RandomState(len(name)).randn(*v[name].shape)
            # Short: penalties jump where a LeakyReLU turns.
            both = [function({**v, name: v[name] + step * direction}) for step in (1e-9, -1e-9)]
            yield name, np.sum(gradient.numpy() * direction), (both[0] - both[1]) / 2e-9


@pytest.fixture(scope="module")
def case():
    return Case()


def test_both_networks_are_those_of_the_paper(case):
    fakes = made(case.arrays(case.g), case.z, case.fake_labels)
    z, labels = (tf.constant(a, tf.float32) for a in (case.z, case.fake_labels))
    np.testing.assert_allclose(case.g(z, labels), fakes, rtol=1e-4, atol=1e-4)
    logits, _ = judged(case.arrays(case.d), case.reals, case.labels)
    found = case.d(*(tf.constant(a, tf.float32) for a in (case.reals, case.labels)))
    np.testing.assert_allclose(found[:, 0], logits, rtol=1e-4, atol=1e-3)


def test_one_step_of_the_discriminator_has_the_game_and_both_penalties(case):
    fakes = made(case.arrays(case.g), case.z, case.fake_labels)
    given = (case.reals, case.labels, fakes, case.fake_labels)
    output = case.output("Dmain")
    count, total, _ = output.stats["Loss/D/loss"].numpy()
    assert total / count == pytest.approx(loss_of_d(case.arrays(case.d), *given), rel=1e-4)
    slopes = case.slopes(case.d, output.gradients, lambda v: loss_of_d(v, *given))
    for name, ours, theirs in slopes:
        assert ours == pytest.approx(theirs, rel=2e-3, abs=2e-3), name


def test_a_step_of_the_generator_has_the_game(case):
    judges = case.arrays(case.d)
    real, _ = judged(judges, case.reals, case.labels)

    def loss(v):
        fake, _ = judged(judges, made(v, case.z, case.fake_labels), case.fake_labels)
        return np.mean(softplus(real - fake))

    for name, ours, theirs in case.slopes(case.g, case.output("Gmain").gradients, loss):
        assert ours == pytest.approx(theirs, rel=2e-3, abs=2e-3), name


# ---- What it starts from, and its sizes.


def test_initial_weights_keep_variances_and_blocks_start_as_nothing():
    network = dataclasses.replace(NETWORK, channel_base=1024, channel_max=64, group_size=16)
    with seeded(1):
        d = make_discriminator(network, Shape.parse(8, 3), 0)
    v = {name: np.asarray(variable) for name, variable in variables_by_name(d).items()}
    gain = np.sqrt(2 / 1.04) * 4**-0.25  # He, and Fix-up of four blocks
    name = "stages.0.residual.0"
    assert v[f"{name}.conv0.kernel"].std() == pytest.approx(gain / 8, rel=0.05)
    assert v[f"{name}.conv1.kernel"].shape == (3, 3, 16, 128)
    assert v[f"{name}.conv1.kernel"].std() == pytest.approx(gain / 12, rel=0.05)
    assert not v[f"{name}.conv2.kernel"].any()
    assert not v[f"{name}.conv1.bias"].any()
    assert f"{name}.conv2.bias" not in v
    x = tf.random.stateless_normal([2, 8, 8, 64], [0, 0])
    np.testing.assert_array_equal(d.stages[0].residual[0](x), x)


@pytest.mark.parametrize(
    ("width", "size", "group"), [(128, 16, 16), (12, 4, 4), (12, 5, 6), (12, 16, 12)]
)
def test_groups_divide_the_width(width, size, group):
    assert group_of(width, size) == group


@pytest.mark.parametrize("labels", [0, 3])
def test_fewest_weights_are_a_close_bound(labels):
    made = make_generator(NETWORK, SHAPE, labels), make_discriminator(NETWORK, SHAPE, labels)
    for network, rows in zip(made, (GENERATORS, DISCRIMINATORS), strict=True):
        fewest = rows["r3gan"].fewest_weights(NETWORK, SHAPE, labels)
        assert 0.85 * count_weights(network.variables) < fewest <= count_weights(network.variables)


def test_low_precision_is_near_and_leaves_for_float32():
    with seeded(1):
        g = make_generator(dataclasses.replace(NETWORK, precision="bfloat16"), SHAPE, 0)
    for variable in g.trainable_variables:
        variable.assign_add(0.3 * np.random.RandomState(0).randn(*variable.shape))
    exact, z = g.in_float32(), tf.constant([[0.5, -1.0, 2.0]])
    assert (exact.get_config()["precision"], exact.in_float32()) == ("float32", exact)
    difference = np.abs(g(z) - exact(z)).max()
    assert 0 < difference < 0.05 * np.abs(exact(z)).max()


@pytest.mark.parametrize(
    "settings", [{"precision": "float16"}, {"channel_base": 15}, {"blocks": 0}]
)
def test_settings_that_no_network_has(settings):
    with refused(kind=SettingError):
        dataclasses.replace(NETWORK, **settings).check_shape(Shape.parse(16))


def test_labels_are_needed_by_both(case):
    with refused("labels=None"):
        case.g(tf.zeros([1, 3]))
    with refused("labels=None"):
        case.d(tf.zeros([1, *SHAPE.hwc]))


def test_pictures_are_found_and_tuned_to():
    """Of a conditional network, whose latents have a part that is the label's."""
    generator = make_generator(NETWORK, SHAPE, CLASSES)
    picture = generate(generator, seeds=[3], labels=1)
    config = ProjectionConfig(starts=200, steps=60, tries=2)
    ws = project(generator, picture, label=1, config=config)
    assert ws.shape == (1, 1, generator.w_dim)
    assert psnr(picture, synthesize(generator, ws))[0] > 30
    other = generate(generator, seeds=[4], labels=1)
    before, embedding = synthesize(generator, ws), generator.embed.get_weights()
    tuned = tune(generator, ws, other, steps=40, learning_rate=0.01)
    assert psnr(other, synthesize(tuned, ws))[0] > psnr(other, before)[0] + 3
    np.testing.assert_array_equal(synthesize(generator, ws), before)
    for ours, theirs in zip(tuned.embed.get_weights(), embedding, strict=True):
        np.testing.assert_array_equal(ours, theirs)


# ---- Penalties in every step.


def test_what_one_latent_for_all_layers_leaves_out():
    generator = make_generator(NETWORK, Shape.parse(8, 1), 0)
    assert methods_for(generator) == ("pca",)
    assert set(find_directions(generator, methods_for(generator), count=2)) == {"pca0", "pca1"}
    with refused("R3GANGenerator", "nothing to mix"):
        mix_styles(generator, [0], [1], [0])


def test_without_lazy_penalties_adam_is_that_of_the_settings():
    assert [phase.name for phase in active_phases(LOSS)] == ["Gmain", "Dmain"]
    assert lazy_ratio("generator", LOSS) == lazy_ratio("discriminator", LOSS) == 1
    lazy = dataclasses.replace(LOSS, r1_interval=1)
    assert [phase.name for phase in active_phases(lazy)] == ["Gmain", "Dmain", "Dreg"]
    assert lazy_ratio("discriminator", lazy) == 1 / 2
    # Logits come with their gradients: (1 of G, 6 of D) at fakes, 6 of D at reals.
    assert passes(PHASES["Dmain"], LOSS) == (1, 12)


# ---- Presets.


def test_presets_scale_what_the_paper_has():
    assert (gamma_of(64), gamma_of(256)) == (2, pytest.approx(150))
    paper = preset("r3gan", resolution=256, channels=3)
    for images, rate, gamma, beta, half_life, p in (
        (0, 2e-4, 150, 0.9, 0, 0),
        (10_000_000, 1.25e-4, 82.5, 0.945, 250, 0.15),
        (20_000_000, 5e-5, 15, 0.99, 500, 0.3),
    ):
        optimizer, loss = at(paper.optimizer, images), at(paper.loss, images)
        found = (optimizer.learning_rate, loss.r1_gamma, optimizer.beta_2)
        assert found == pytest.approx((rate, gamma, beta))
        assert loss.r2_gamma == loss.r1_gamma
        assert at(paper.ema, images).kimg == pytest.approx(half_life, abs=1e-9)
        assert at(paper.augment, images).p == pytest.approx(p)
    small = preset("r3gan_tiny", resolution=32, channels=3, kimg=500)
    assert at(small.optimizer, 0).learning_rate == pytest.approx(2e-4 * 12)
    # A run that is made longer goes on: nothing but its end differs.
    assert dataclasses.replace(small, kimg=120) == preset("r3gan_tiny", resolution=32, channels=3)


@pytest.mark.parametrize("mode", ["ada", "fixed", "noaug"])
def test_how_p_moves_is_one_setting(mode):
    given = {"augment.mode": mode}
    check_given({"preset": "r3gan_tiny", **given})
    found = preset("r3gan_tiny", resolution=16, settings=given).augment
    assert (found.mode, bool(found.p)) == (mode, mode == "fixed")


def test_networks_of_a_preset_may_be_others():
    mine = preset("r3gan_tiny", resolution=16, generator="stylegan2")
    assert mine.network.generator == mine.network.discriminator == "stylegan2"
    theirs = preset("tiny", resolution=16, generator="r3gan", blocks=1)
    assert (theirs.network.discriminator, theirs.network.channel_max) == ("r3gan", 64)


# ---- Runs.


def model(**arguments):
    usual = preset("r3gan_tiny", resolution=8, channels=1)
    m = tiny.model(network=NETWORK, loss=usual.loss, optimizer=usual.optimizer, **arguments)
    return m


@pytest.mark.usefixtures("untraced")
def test_a_run_goes_on_exactly_in_the_midst_of_its_schedules():
    augment = AugmentConfig(mode="ada", pipe="color")
    tiny.assert_goes_on_exactly(*(model(augment=augment) for _ in range(2)))


@pytest.mark.usefixtures("untraced")
def test_every_weight_learns_and_pairs_move_p():
    m = model(label_source=[0.5, 0.5], augment=AugmentConfig(mode="ada", pipe="color"))
    before = tiny.state(m)
    # The last layer of a block starts at 0: what is before it learns from the second step on.
    tiny.train(m, 3, classes=2)
    after = tiny.state(m)
    for name in before:
        if name.startswith(("generator/", "discriminator/")):
            assert (before[name] != after[name]).any(), name
    # E sign(D(x) - D(G(z))): four pairs a batch, once.
    assert (m.augment.observed().count, m.augment.observed().images) == (12, 12)
