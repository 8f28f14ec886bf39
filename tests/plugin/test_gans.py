"""ADA in eight GANs as people write them: how much changes in the source, and whether p moves."""

import difflib

import pytest
import tensorflow as tf
from absl import logging

from .gans.loading import NAMES, Script, source
from .replicas import two_replicas

# Keras 3 says this of every `fit` on a tf.data.Dataset.
pytestmark = pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")

MOST = {"pairs": 7}  # lines; it has feature matching, too
STEP = 16 / 500_000  # four batches of four images, 500 kimg from 0 to 1


def changed_lines(before: str, after: str) -> int:
    """Lines that a reader of the diff sees changed: replaced, added or removed, blank ones not."""
    a, b = ([line for line in text.splitlines() if line.strip()] for text in (before, after))
    changes = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in changes if tag != "equal")


def test_how_changes_are_counted():
    assert changed_lines("a\nb\nc", "a\n\nx\nc\nd\ne") == 3


@pytest.mark.parametrize("name", NAMES)
def test_few_lines_change(name):
    before, after = source(name), source(f"{name}_ada")
    assert "ada_tf" in after
    assert "ada" not in before
    assert 4 <= changed_lines(before, after) <= MOST.get(name, 6)


@pytest.mark.parametrize("name", NAMES)
def test_runs_without(name):
    Script(name).train()


@pytest.mark.parametrize("name", NAMES)
def test_p_rises_with_overfitting_and_falls_without(name):
    script = Script(f"{name}_ada")
    assert set(script.p) == {0.0}
    script.judge_real_images(as_real=True)
    script.train(epochs=2)
    assert script.p == [pytest.approx(4 * STEP)] * len(script.p)
    script.judge_real_images(as_real=False)
    script.train(epochs=1)
    assert script.p == [pytest.approx(2 * STEP)] * len(script.p)
    # Of 24 batches all images went through: real and generated, for both networks.
    for layer in script.augmentations:
        assert int(layer._calls) >= 2 * 24


@pytest.mark.parametrize("name", ["train_on_batch", "conditional", "pairs"])
def test_nothing_is_said_of_right_uses(name, monkeypatch):
    """For as long as what goes through the layer is watched, eight steps of p.

    That p stays near 0 is true of 128 images. It is said where D happens to lead, so it may be said.
    """
    said = []
    monkeypatch.setattr(logging, "warning", lambda text, *_: said.append(text))
    script = Script(f"{name}_ada")
    script.train(epochs=4)
    assert [text for text in said if "call of fit" not in text] == []
    for layer in script.augmentations:  # p has just moved
        assert layer.observer.watch.read().calls == 0


def trained_p(name, **options):
    script = Script(name, **options)
    script.judge_real_images(as_real=True)
    script.train()
    return script.p


@pytest.mark.parametrize("options", [{"jit_compile": True}, {"steps_per_execution": 2}], ids=str)
def test_beside_fit_in_its_variants(options):
    assert trained_p("dcgan_train_step_ada", **options) == [pytest.approx(2 * STEP)]


def test_beside_fit_on_two_replicas():
    """The batch of four is split; p moves as with one replica."""
    strategy = two_replicas()
    script = Script("wgan_gp_ada", strategy)
    with strategy.scope():  # Keras needs its optimizers built before a strategy runs them
        script.gan.d_optimizer.build(script.gan.discriminator.trainable_variables)
        script.gan.g_optimizer.build(script.gan.generator.trainable_variables)
    script.judge_real_images(as_real=True)
    script.train()
    assert script.p == [pytest.approx(2 * STEP)]


@pytest.mark.parametrize(
    ("name", "policy"),
    [("cyclegan_ada", "mixed_float16"), ("dcgan_function_ada", "mixed_bfloat16")],
)
def test_mixed_precision(name, policy):
    previous = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy(policy)
    try:
        p = trained_p(name)
    finally:
        tf.keras.mixed_precision.set_global_policy(previous)
    assert p == [pytest.approx(2 * STEP)] * len(p)
