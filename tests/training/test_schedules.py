"""Settings over time: numbers of an iteration, of the optimizer, of the average and of p."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig
from ada_tf.ops import random
from ada_tf.settings import Schedule, at, scheduled
from ada_tf.training.callbacks.control import ada_callbacks
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration import phases
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.iteration.table import PHASES, active_phases, active_terms, running_means
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import state_of
from tests.training import tiny, toys

S = Schedule.parse
REALS = tf.constant(np.random.RandomState(0).uniform(-1, 1, [6, *toys.SHAPE]), tf.float32)
SEED = random.make_seed(7)
KIMG = tiny.BATCH / 1000  # of an iteration
LOSS = dataclasses.replace(
    tiny.LOSS, zcr_weight=1.0, lecam_weight=0.1, style_mixing_prob=0.5, pl_interval=1, r1_interval=1
)
OPTIMIZER = OptimizerConfig(0.002, 0.5, 0.9)
EMA = EmaConfig(0.02, 0.5)


def with_schedules(config, text):
    """A configuration with its numbers as schedules: `text` of what follows a value, as in linear."""
    names = [f.name for f in dataclasses.fields(config) if f.metadata["setting"].scheduled]
    found = {name: S(text.format(getattr(config, name))) for name in names}
    return dataclasses.replace(config, **found)


def model(loss=LOSS, optimizer=OPTIMIZER, ema=EMA, **more):
    m = tiny.model(loss=loss, optimizer=optimizer, **more)
    m.compile(loss, optimizer, ema, jit_compile=more.get("jit_compile", "auto"))
    return m


def constant(config):
    return with_schedules(config, "constant:{}")


def falling(config):
    """Half of each number after four iterations."""
    found = {
        name: S(f"linear:{s.values[0]}@0,{s.values[0] / 2}@{4 * KIMG}")
        for name, s in scheduled(constant(config)).items()
    }
    return dataclasses.replace(config, **found)


def assert_same(ours, theirs, rtol=0.0):
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_allclose(theirs[name], value, rtol=rtol, atol=rtol, err_msg=name)


@pytest.mark.usefixtures("untraced")
def test_constant_schedules_are_the_plain_numbers_bit_for_bit():
    """But for LeCam's decay d: its 1 - d is of float32 then, and of float64 as a plain number."""
    loss = dataclasses.replace(constant(LOSS), lecam_decay=LOSS.lecam_decay)
    plain = model()
    others = model(loss, constant(OPTIMIZER), constant(EMA))
    assert len(scheduled(others.loss_config)) > 10
    for m in (plain, others):
        tiny.train(m, 3)
    assert_same(tiny.state(plain), tiny.state(others))
    assert plain.stats.read() == others.stats.read()


@pytest.fixture(scope="module")
def run():
    """A model of falling numbers after two iterations, and its states after each."""
    m = model(falling(LOSS), falling(OPTIMIZER), falling(EMA))
    states = []
    for iteration in range(2):
        tiny.train(m, 1, start=iteration)
        states.append(tiny.state(m))
    return types.SimpleNamespace(model=m, states=states)


def second_iteration(m, state, kept=()):
    """The state after the second iteration of a model that takes over the state after the first."""
    for group, found in state_of(m).items():
        for key, variable in found.items():
            if not key.endswith(kept):
                variable.assign(state[f"{group}/{key}"])
    m.clock.images = tiny.BATCH
    tiny.train(m, 1, start=1)
    return tiny.state(m)


def test_a_killed_run_goes_on_exactly(run):
    rest = model(falling(LOSS), falling(OPTIMIZER), falling(EMA))
    assert_same(run.states[1], second_iteration(rest, run.states[0]))


def test_an_iteration_takes_the_numbers_of_its_place(run):
    """Those of a model that was compiled with them."""
    configs = (LOSS, OPTIMIZER, EMA)
    plain = model(*(type(c)(**vars(at(falling(c), tiny.BATCH))) for c in configs))
    assert_same(run.states[1], second_iteration(plain, run.states[0], kept=("_rate",)), rtol=1e-6)


def test_a_run_tells_the_present_numbers_and_compiles_once(run):
    m = run.model
    assert m.settings_now()["optimizer.learning_rate"] == pytest.approx(0.0015)
    assert m.settings_now()["loss.r1_gamma"] == pytest.approx(0.375)
    # Of the second iteration: 7/8 of each number, corrected for two steps an iteration.
    assert float(m.g_optimizer.learning_rate) == pytest.approx(0.00175 / 2)
    assert float(m.g_optimizer.beta_1) == pytest.approx(0.4375**0.5)
    assert {f.experimental_get_tracing_count() for f in m.step.functions} == {1}


def test_eager_is_graph(run):
    eager = model(falling(LOSS), falling(OPTIMIZER), falling(EMA))
    tf.config.run_functions_eagerly(True)
    try:
        tiny.train(eager, 2)
    finally:
        tf.config.run_functions_eagerly(False)
    assert_same(run.states[1], tiny.state(eager), rtol=2e-4)


@pytest.mark.parametrize("phase", PHASES)
def test_a_scheduled_weight_is_its_present_number(phase):
    """On networks of one weight: all weights at once, against plain numbers."""
    loss = LossConfig(r1_gamma=10.0, r2_gamma=1.0, bcr_weight=2.0, zcr_weight=3.0, zcr_std=0.2)
    names = [name for name in scheduled(constant(loss)) if name != "rotation_weight"]
    over_time = dataclasses.replace(
        loss, **{name: S(f"linear:{getattr(loss, name) / 2}@0,{getattr(loss, name)}@1") for name in names}
    )  # fmt: skip
    now = {name: tf.constant(getattr(loss, name), tf.float32) for name in names}
    found = phases.compute(PHASES[phase], toys.networks(), over_time, REALS, None, SEED, now)
    expected = phases.compute(PHASES[phase], toys.networks(), loss, REALS, None, SEED)
    assert found.stats.keys() == expected.stats.keys()
    tf.nest.map_structure(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), found, expected
    )


def test_a_partner_weighs_nothing_while_its_other_half_does():
    """The generator does not move images apart as long as the discriminator draws none together."""
    loss = LossConfig(r1_gamma=1.0, zcr_weight=S("steps:0@0,1@1"), zcr_generator_weight=0.5)
    (*_, apart) = active_terms(PHASES["Gmain"], loss)
    weights = [
        float(apart.weight(types.SimpleNamespace(zcr_weight=tf.constant(w), zcr_generator_weight=0.5)))
        for w in (0.0, 1.0)
    ]  # fmt: skip
    assert weights == [0.0, -0.5]


def test_a_term_is_left_out_if_it_weighs_nothing_throughout():
    base = LossConfig(r1_gamma=1.0, pl_weight=0.0)
    later, never = S("steps:0@0,1@500"), S("steps:0@0,0@500")
    names = lambda loss: [row.name for row in active_phases(loss)]  # noqa: E731
    for changes, expected in (
        ({"pl_weight": later}, ["Gmain", "Greg", "Dmain", "Dreg"]),
        ({"pl_weight": never}, ["Gmain", "Dmain", "Dreg"]),
        ({"r1_gamma": never}, ["Gmain", "Dmain"]),
    ):
        assert names(dataclasses.replace(base, **changes)) == expected
    assert "lecam_real" in running_means(dataclasses.replace(base, lecam_weight=later))
    assert running_means(dataclasses.replace(base, lecam_weight=never)) == ()


@pytest.mark.usefixtures("untraced")
def test_a_fixed_p_follows_the_images():
    m = tiny.model(augment=AugmentConfig(mode="fixed", p=S(f"linear:0.2@0,0.4@{2 * KIMG}")))
    assert float(m.augment.p.numpy()) == pytest.approx(0.2)
    for iteration in range(3):
        tiny.train(m, 1, start=iteration)
        assert float(m.augment.p.numpy()) == pytest.approx(0.2 + 0.1 * min(iteration, 2))
        assert m.settings_now() == {"augment.p": pytest.approx(0.2 + 0.1 * min(iteration + 1, 2))}


def test_target_and_cap_of_ada_follow_the_images():
    augment = AugmentConfig(target=S("linear:0.6@0,0.8@10"), kimg=S("steps:1@0,2@10"), cap=None)
    config = preset("tiny", data=DataConfig("digits", resolution=16, channels=1))
    config = dataclasses.replace(config, augment=augment)
    m = types.SimpleNamespace(augment=tiny.model(augment=augment).augment, images_done=5000)
    (mover,) = ada_callbacks(m, config, None)
    assert (mover.target, mover.kimg, mover.cap) == (pytest.approx(0.7), 1, None)
    m.images_done = 10_000
    mover.set_model(m)
    mover.on_train_batch_end(0, {})
    assert (mover.target, mover.kimg, mover.cap) == (pytest.approx(0.8), 2, None)
