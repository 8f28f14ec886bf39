"""Wrong uses, each with the sentence it must give: one, once, and of the cause."""

import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaController, AdaptiveAugmentation
from ada_tf.augment.watch import UseWatch
from ada_tf.errors import UserError
from tests.sentences import refused

from .uses import images, outputs, probabilities, said_of

PATCHES = (3, 3)
LEAST_SQUARES = {"real": outputs(0.8), "fake": outputs(0.3)}

WRONG = {
    # What the output means.
    "patches, real = 0": (
        dict(real=outputs(-0.5, 1.0, PATCHES)),
        "real_is_high=False",
    ),
    "patches, real = 0, with fakes": (
        dict(real=outputs(-0.5, 1.0, PATCHES), fake=outputs(0.5, 1.0, PATCHES)),
        "wrong way round for real_is_high=True",
    ),
    "logits, real = 0, a weak discriminator": (
        dict(real=outputs(-1.0, 0.8)),
        "real_is_high=False",
    ),
    "logits, real = 0, with fakes": (
        dict(real=outputs(-1.0), fake=outputs(1.0)),
        r"give observe\(..., real_is_high=False\)",
    ),
    "logits, real = 1, said to be 0": (
        dict(real=outputs(1.0), fake=outputs(-1.0), real_is_high=False),
        "real_is_high=True",
    ),
    "least squares without threshold, with fakes": (LEAST_SQUARES, "threshold=0.5"),
    "least squares without threshold, with fakes, at the cap": (
        dict(p=0.79, **LEAST_SQUARES),
        "threshold=0.5",
    ),
    "sigmoid without threshold": (dict(real=probabilities(2.0)), "threshold=0.5"),
    "sigmoid without threshold, at the cap": (
        dict(real=probabilities(2.0), p=0.79),
        "threshold=0.5",
    ),
    "sigmoid without threshold, with fakes": (
        dict(real=probabilities(2.0), fake=probabilities(-2.0)),
        "threshold=0.5",
    ),
    "sigmoid, real = 0, without either": (
        dict(real=probabilities(-2.0), fake=probabilities(2.0)),
        r"real_is_high=False, threshold=0.5\)",
    ),
    "sigmoid, real = 0, threshold only": (
        dict(real=probabilities(-2.0), threshold=0.5),
        "real_is_high=False.*; if these are logits, leave threshold=0.5 out; if these are generated",
    ),
    "sigmoid, real = 0, sign only": (
        dict(real=probabilities(-2.0), real_is_high=False),
        "threshold=0.5",
    ),
    "critic, all low": (dict(real=outputs(-50.0)), "Wasserstein .* threshold='middle'"),
    "critic with fakes, all high": (
        dict(real=outputs(52.0), fake=outputs(50.0)),
        "52 and 50, lie on the same side of threshold=0.0: .* threshold='middle'",
    ),
    "critic with fakes, all low": (
        dict(real=outputs(-50.0), fake=outputs(-52.0)),
        "threshold='middle'",
    ),
    # What goes through the layer.
    "the layer is never called": (dict(real=outputs(1.0), augmented=0), "not one was augmented"),
    "the layer is never called, at the cap": (
        dict(real=outputs(1.0), augmented=0, p=0.79),
        "not one was augmented",
    ),
    "real images only": (
        dict(real=outputs(0.1), augmented=1),
        "only 128 images went through the layer while 128 real ones",
    ),
    "everywhere but in the generator's loss": (
        dict(real=outputs(0.1), augmented=2, gradients=False),
        "no gradient came back through the layer from 1024 images: .* in the generator's loss",
    ),
    "observed twice": (
        dict(real=outputs(0.1), twice=True, interval=2),
        "observe counted 256 real images while 384 went through the layer, .* count_images=False",
    ),
    "real and generated images observed as real": (
        dict(real=outputs(0.1, patches=()), twice=True, interval=2),
        "generated images belong into fake_output",
    ),
    "logits with the threshold of probabilities": (
        dict(real=outputs(1.0, 2.0), threshold=0.5),
        "which threshold=0.5 does not halve: for logits leave it out",
    ),
    "logits with the threshold of probabilities, with fakes": (
        dict(real=outputs(1.0, 1.0), fake=outputs(-0.2, 0.3), threshold=0.5),
        "which threshold=0.5 does not halve: for logits leave it out",
    ),
    "generated images alone": (
        dict(real=outputs(-1.0)),
        "if these are generated images, the output on real ones comes first",
    ),
    "smoothed labels": (
        dict(real=outputs(-0.2, 0.1)),
        "r_t=-0.9.* if their label is smoothed, AdaptiveAugmentation.output=..., real_label=0.9.",
    ),
    "smoothed labels, with fakes": (
        dict(real=outputs(0.4, 0.1), fake=outputs(0.2, 0.1)),
        "lie on the same side of threshold=0.0: .*; if the label of real images is smoothed, Adaptive",
    ),
    "critic, all high": (
        dict(real=outputs(52.0)),
        "every one of 512 outputs .* a mean of 52: .* threshold='middle'.*fake_output. shows which.",
    ),
    "training=False everywhere": (
        dict(real=outputs(0.1), augmented=0, clean=3),
        "not one was augmented: .* without training=False",
    ),
}  # fmt: skip


@pytest.mark.parametrize("use", WRONG)
def test_it_is_noticed(use):
    arguments, sentence = WRONG[use]
    said, _ = said_of(**arguments)
    said = [s for s in said if "has reached its cap" not in s]
    assert len(said) == 1, said
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(said[0])


@pytest.mark.parametrize(
    ("steps", "arguments"),
    [
        (8, dict(real=outputs(0.1), augmented=0)),
        (8, dict(real=outputs(0.1), twice=True)),
        (8, dict(real=outputs(0.1), augmented=1)),
        (32, dict(real=outputs(0.1), augmented=2, gradients=False)),
        (32, dict(real=outputs(1.0, 2.0), threshold=0.5)),
        (32, dict(real=outputs(-2.0))),
        (32, dict(real=outputs(52.0))),
    ],
    ids=["not_called", "twice", "real_only", "bypassed", "logits", "inverted", "one_sided"],
)  # fmt: skip
def test_it_is_told_after_as_many_steps_of_p_as_show_it(steps, arguments, request):
    name = request.node.callspec.id
    for moves, times in ((steps - 1, 0), (steps, 1)):
        said, _ = said_of(**arguments, moves=moves, kimg=10, checks=[name])
        assert len(said) == times


def observing(output, **options):
    return lambda: AdaptiveAugmentation(name="ada").observe(output, **options)


def calling(x, **options):
    return lambda: AdaptiveAugmentation(name="ada", **options)(x)


REFUSED = {
    "a number as seed": lambda: AdaptiveAugmentation(name="ada")(images(2, 8, 8, 3), seed=3),
    "a word as p": lambda: setattr(AdaptiveAugmentation(name="ada"), "p", "0.5"),
    "p above 1": lambda: setattr(AdaptiveAugmentation(name="ada"), "p", 1.5),
    "kimg as a word": lambda: AdaCallback(AdaptiveAugmentation(), kimg="500"),
    "an unknown output": lambda: AdaptiveAugmentation(output="lsgan"),
    "a label of no end": lambda: AdaptiveAugmentation(real_label=0.5),
    "a label above 1": lambda: AdaptiveAugmentation(real_label=2),
    "smoothed labels of a critic": lambda: AdaptiveAugmentation(
        output="wasserstein", real_label=0.9
    ),
    "relativistic without fakes": lambda: AdaptiveAugmentation(output="relativistic").observe(
        tf.ones([4, 1])
    ),
    "said twice": lambda: AdaptiveAugmentation(output="sigmoid").observe(
        tf.ones([4, 1]), threshold=0.5
    ),
    "two classes": observing(tf.ones([4, 2])),
    "two classes, controller": lambda: AdaController().update(tf.ones([4, 2])),
    "fakes of two classes": observing(tf.ones([4, 1]), fake_output=tf.ones([4, 2])),
    "a list": observing([tf.ones([4])] * 3),
    "a dictionary": observing({"logits": tf.ones([4, 1])}),
    "a mean": observing(tf.constant(1.0)),
    "the threshold in the place of fakes": observing(tf.ones([4, 1]), fake_output=0.5),
    "no threshold": observing(tf.ones([4]), threshold=None),
    "the middle without fakes": observing(tf.ones([4]), threshold="middle"),
    "another word": observing(tf.ones([4]), threshold="mean"),
    "channels-first": calling(images(2, 3, 32, 32)),
    "channels-first, grey": calling(images(2, 1, 8, 8)),
    "whole numbers": calling(tf.zeros([2, 8, 8, 3], tf.uint8), value_range=(0, 255)),
    "one number as range": lambda: AdaptiveAugmentation(value_range=255),
    "three numbers as range": lambda: AdaptiveAugmentation(value_range=(0, 1, 2)),
    "a model in the place of its layer": lambda: AdaCallback(tf.keras.Sequential(name="d")),
    "the target in the place of the layer": lambda: AdaCallback(0.6),
    "no layer in a loop": lambda: AdaCallback().step(),
}


@pytest.mark.parametrize("use", REFUSED)
def test_it_is_refused(use):
    act = REFUSED[use]
    with refused():
        act()


@pytest.mark.parametrize(
    ("seen", "given", "sentence"),
    [
        ((-1, 1), (0, 1), r"values from -1 to 1 were seen, so give value_range=\(-1, 1\)"),
        ((0, 255), (-1, 1), r"values from 0 to 255 were seen, so give value_range=\(0, 255\)"),
        ((0, 255), (0, 1), r"values from 0 to 255 were seen, so give value_range=\(0, 255\)"),
        ((0, 1), (-1, 1), r"values from 0 to 1 were seen, so give value_range=\(0, 1\)"),
        ((0, 1), (0, 255), r"values from 0 to 1 were seen, so give value_range=\(0, 1\)"),
        ((-1, 255), (-1, 1), "bring real and generated images into one range"),
        ((0, 4095), (0, 1), "values from 0 to 4.1e\\+03 were seen, so give the values that black"),
    ],
)
def test_the_values_that_were_seen_are_named(seen, given, sentence):
    low, high = seen
    x = (images(4, 4, 4, 3) + 1.0) / 2.0 * (high - low) + low
    said, ada = [], AdaptiveAugmentation({}, value_range=given, name="ada")
    callback = AdaCallback(ada, interval=1, log=said.append, checks=["value_range"])
    for _ in range(2):
        ada(x)
        ada.observe(tf.constant([1.0, -1.0]))
        callback.step()
    assert len(said) == 1
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(said[0])


def test_counts_are_those_since_the_last_step():
    ada = AdaptiveAugmentation({})
    watch = UseWatch.attach(ada)
    ada(images(2, 4, 4, 3) * 9.0)
    ada.observe(tf.ones([4, 1]), tf.zeros([4, 1]))
    counts = watch.read()
    assert (counts.low, counts.high) == (-9.0, 9.0)
    assert (counts.calls, counts.augmented, counts.outputs, counts.pairs) == (1.0, 2.0, 1.0, 1.0)
    watch.reset()
    assert watch.read()[:-4] == (0.0,) * 11
    ada(images(2, 4, 4, 3))
    assert (watch.read().low, watch.read().high) == (-1.0, 1.0)
    assert UseWatch.attach(ada) is watch


def test_checks_can_be_left_out():
    said, _ = said_of(outputs(0.1), augmented=0, checks=())
    assert said == []
    said, _ = said_of(outputs(-1.0), augmented=0, checks=["inverted"])
    assert len(said) == 1
    assert "real_is_high=False" in said[0]
    ada = AdaptiveAugmentation({})
    AdaCallback(ada, checks=())
    assert ada.observer.watch is None
    with refused("checks=['range']"):
        AdaCallback(ada, checks=["range"])


def test_a_step_that_was_traced_before_is_not_judged():
    """Its images cannot be counted any more, so nothing is known of them."""
    said, ada = [], AdaptiveAugmentation({"brightness": 1e-9}, p=0.1)

    @tf.function
    def step(x):
        ada(x)
        ada.observe(tf.constant([[1.0], [-1.0]]))

    step(images(2, 4, 4, 3))
    callback = AdaCallback(ada, interval=1, log=said.append)
    for _ in range(20):
        step(images(2, 4, 4, 3))
        callback.step()
    assert said == []


def test_another_backend_is_refused(monkeypatch):
    if hasattr(tf.keras, "config"):  # Keras 2 has one
        monkeypatch.setattr(tf.keras.config, "backend", lambda: "jax")
        with pytest.raises(UserError, match="not on 'jax': set KERAS_BACKEND=tensorflow"):
            AdaptiveAugmentation()
