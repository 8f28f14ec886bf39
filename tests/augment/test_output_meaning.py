"""What the output means: the answer of a discriminator that cannot tell is the threshold."""

import math

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaController, AdaptiveAugmentation
from ada_tf.augment.output_meaning import OUTPUTS, meaning_of

LOGITS = np.linspace(-3, 3, 60001)


def loss(output, x, label):
    """Of a discriminator that says the logit x, or x itself."""
    if output == "least_squares":
        return (x - label) ** 2
    return -label * -np.log1p(np.exp(-x)) + (1 - label) * np.log1p(np.exp(x))


@pytest.mark.parametrize("label", [1.0, 0.9, 0.7, 0.0, 0.1])
@pytest.mark.parametrize("output", ["logits", "sigmoid", "least_squares"])
def test_the_threshold_is_the_best_answer_to_images_that_are_both(output, label):
    both = loss(output, LOGITS, label) + loss(output, LOGITS, 0.0 if label > 0.5 else 1.0)
    best = LOGITS[np.argmin(both)]
    threshold, real_is_high = meaning_of(output, label)
    assert threshold == pytest.approx(
        1 / (1 + math.exp(-best)) if output == "sigmoid" else best, abs=1e-3
    )
    assert real_is_high == (label > 0.5)


def test_formulas_of_smoothed_labels():
    assert meaning_of("sigmoid", 0.9) == (0.45, True)
    assert meaning_of(None, 0.9) == (pytest.approx(math.log(0.9 / 1.1)), True)


def observed(output=None, real_label=None, **observe):
    ada = AdaptiveAugmentation(output=output, real_label=real_label)
    ada.observe(tf.constant([[-0.1], [0.2], [0.6]]), tf.constant([[0.1], [0.1], [0.1]]), **observe)
    seen = ada.observed()
    controller = AdaController(
        layer=AdaptiveAugmentation(output=output, real_label=real_label), interval=1
    )
    controller.update(
        tf.constant([[-0.1], [0.2], [0.6]]), tf.constant([[0.1], [0.1], [0.1]]), **observe
    )
    assert float(controller.statistic) == pytest.approx(seen.rt)
    return seen.signs


@pytest.mark.parametrize("output", OUTPUTS)
def test_it_is_that_of_the_arguments_of_observe(output):
    fakes = tf.fill([3, 1], 0.1)
    same = {"sigmoid": 0.5, "least_squares": 0.5, "wasserstein": "middle", "relativistic": fakes}
    assert observed(output) == observed(threshold=same.get(output, 0.0))
    turned = observed(threshold=same.get(output, 0.0), real_is_high=False)
    assert observed(output, real_label=0) == turned


def test_smoothed_labels_move_it():
    assert observed(real_label=0.9) == 3.0  # log(0.9 / 1.1) = -0.2 lies below all of them
    assert observed("sigmoid", 0.3) == -observed(threshold=0.65)


def test_it_is_saved_and_serves_the_metric():
    ada = AdaptiveAugmentation(output="least_squares", real_label=0.9)
    again = AdaptiveAugmentation.from_config(ada.get_config())
    assert (again.metric().threshold, again.metric().real_label) == (0.45, 0.9)
    assert AdaptiveAugmentation().metric().threshold == 0.5
    assert AdaptiveAugmentation().metric(real_label=0.9).threshold == 0.45
    assert AdaptiveAugmentation(output="logits").metric().threshold == 0.0
