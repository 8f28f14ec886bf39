"""Phases and games that bring settings: a section of LossConfig, in files, over time, and at weight 0."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.settings import Schedule, from_dict, leaves_by_path, setting, to_dict
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.config import SECTIONS, LossConfig
from ada_tf.training.iteration.losses import ADVERSARIAL, Adversarial, add_loss
from ada_tf.training.iteration.table import (
    PHASES,
    Phase,
    Term,
    active_phases,
    add_phase,
    lazy_ratio,
    running_means,
)
from ada_tf.training.presets import preset
from tests.training import tiny
from tests.training.test_table import LOSS, mean_of, run


@dataclasses.dataclass(frozen=True)
class Calm:
    weight: float = setting(0.0, "Weight.", at_least=0, scheduled=True)
    decay: float = setting(0.5, "Share of the mean that stays.", at_least=0, scheduled=True)
    interval: int = setting(1, "Iterations between two.", at_least=1)


def towards_a_mean(logits, mean, decay):
    new = decay * mean + (1 - decay) * tf.reduce_mean(logits)
    return tf.square(logits - new), new


CALM = Phase(
    "calm",
    "discriminator",
    "D/calm",
    (
        Term(
            towards_a_mean,
            ("real_logits", "calm_mean"),
            weight=lambda loss: loss.calm.weight,
            report="calm",
            settings=("calm.decay",),
            means=("calm_mean",),
        ),
    ),
    every=lambda loss: loss.calm.interval,
    settings=Calm,
)


@pytest.fixture
def calm():
    """The row, for the time of a test."""
    yield add_phase(CALM)
    del PHASES["calm"], SECTIONS["calm"]


def weighing(**values):
    return dataclasses.replace(LossConfig(**vars(LOSS)), calm=Calm(**values))


def test_without_rows_from_outside_nothing_is_new():
    assert type(LossConfig(r1_gamma=1.0)) is LossConfig
    assert not [path for path in leaves_by_path(RunConfig) if path.count(".") > 1]


def test_a_weight_of_0_builds_nothing(calm):
    for idle in (weighing(), weighing(weight=Schedule("steps", (0, 0), (0, 1)))):
        assert active_phases(idle) == active_phases(LOSS)
        assert running_means(idle) == running_means(LOSS)
        assert lazy_ratio("discriminator", idle) == lazy_ratio("discriminator", LOSS)
    assert CALM in active_phases(weighing(weight=1.0))
    assert "calm_mean" in running_means(weighing(weight=1.0))


def test_settings_are_given_kept_and_compared(calm):
    config = preset("tiny", resolution=16, channels=1, settings={"loss": {"calm": {"weight": 0.5}}})
    assert config.loss.calm == Calm(weight=0.5)
    assert config == preset("tiny", resolution=16, channels=1, **{"calm.weight": 0.5})
    values = to_dict(config)
    assert values["loss"]["calm"] == {"weight": 0.5, "decay": 0.5, "interval": 1}
    assert from_dict(RunConfig, values) == config
    del values["loss"]["calm"]  # a run from before the row
    assert from_dict(RunConfig, values).loss.calm == Calm()
    assert leaves_by_path(RunConfig)["loss.calm.interval"].default == 1
    with pytest.raises(
        UserError, match="loss.calm.weight=-1 must be a finite number of at least 0"
    ):
        preset("tiny", resolution=16, channels=1, **{"loss.calm.weight": -1})
    with pytest.raises(UserError, match="calm.weight=-1 must be a finite number of at least 0"):
        weighing(weight=-1)


def test_a_run_without_the_row_is_refused():
    loss = {**to_dict(LOSS), "calm": {"weight": 0.5}}
    with pytest.raises(UserError, match="LossConfig has no setting 'calm'"):
        from_dict(LossConfig, loss)


@pytest.mark.usefixtures("untraced")
def test_a_schedule_is_its_present_number(calm):
    """The first iteration of a line from 2 to 0 is one with the number 2, the next one is not."""
    falling = Schedule("linear", (2.0, 0.0), (0.0, 2 * tiny.BATCH / 1000))
    models = [
        tiny.model(loss=weighing(weight=weight, decay=decay))
        for weight, decay in ((2.0, 0.5), (falling, Schedule("constant", (0.5,))))
    ]
    assert models[1].settings_now() == {"loss.calm.weight": 2.0, "loss.calm.decay": 0.5}
    for model in models:
        tiny.train(model, 1)
    one, other = map(tiny.state, models)
    assert float(models[0].means["calm_mean"].numpy()) != 0
    for name, value in one.items():
        np.testing.assert_allclose(other[name], value, rtol=1e-5, atol=1e-6, err_msg=name)
    assert models[1].settings_now()["loss.calm.weight"] == 1.0
    for model in models:
        tiny.train(model, 1, start=1)
    one, other = map(tiny.state, models)
    assert any(np.abs(other[name] - value).max() > 1e-4 for name, value in one.items())


@pytest.mark.usefixtures("untraced")
def test_a_run_goes_on_exactly(calm):
    falling = weighing(weight=Schedule("linear", (2.0, 1.0), (0.0, 2 * tiny.BATCH / 1000)))
    tiny.assert_goes_on_exactly(tiny.model(loss=falling), tiny.model(loss=falling))


@dataclasses.dataclass(frozen=True)
class Margin:
    margin: float = setting(1.0, "Level of reals.", scheduled=True)


def test_the_losses_of_a_game_take_its_settings():
    game = Adversarial(
        generator=(lambda fake, margin: tf.square(fake - margin), ("fake_logits",)),
        discriminator=(
            lambda fake, real, margin: tf.square(fake) + tf.square(real - margin),
            ("fake_logits", "real_logits"),
        ),
        settings=Margin,
    )
    add_loss("lsgan", game)
    try:
        loss = dataclasses.replace(
            LossConfig(**vars(LOSS)), adversarial="lsgan", lsgan=Margin(margin=3.0)
        )
        output = run(PHASES["Dmain"], loss=loss)
        fake, real = (output.logits[kind].numpy() for kind in ("fake", "real"))
        expected = (fake**2 + (real - 3.0) ** 2).mean()
        assert mean_of(output.stats["Loss/D/loss"]) == pytest.approx(expected, rel=1e-5)
    finally:
        del ADVERSARIAL["lsgan"], SECTIONS["lsgan"]


@dataclasses.dataclass(frozen=True)
class WithoutDefault:
    weight: float = setting(help="Weight.")


@dataclasses.dataclass
class Changing:
    weight: float = 0.0


class Fields(Calm):
    more: float = 0.0


@pytest.mark.parametrize("kind", [WithoutDefault, Changing, Fields, dict, 3])
def test_what_is_no_settings(kind):
    with pytest.raises(UserError, match="of 'calm' must be a frozen dataclass whose fields all"):
        add_phase(CALM._replace(settings=kind))
    assert "calm" not in PHASES
    assert "calm" not in SECTIONS


def test_names_that_are_taken(calm):
    for name in ("r1_gamma", "class"):
        with pytest.raises(UserError, match=f"'{name}' brings settings and cannot be called so"):
            add_phase(CALM._replace(name=name))
    game = ADVERSARIAL["hinge"]._replace(settings=Margin)
    with pytest.raises(UserError, match="there is a section of the loss 'calm' already"):
        add_loss("calm", game)
    assert "calm" not in ADVERSARIAL
