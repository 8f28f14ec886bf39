"""What is said of right and of wrong observers of small GANs, which did not set any threshold of a check.

Each row is observed alone and with generated images. Mistakes of calls are in tests/augment/test_wrong_uses.py.
"""

import re

import numpy as np
import pytest

from ada_tf.augment import AdaCallback, AdaptiveAugmentation
from ada_tf.augment.output_meaning import meaning_of

from .small_gans import STEPS, Gan, outputs, sigmoid

INTERVAL = 4
# Discriminators that learn far slower than their generators, which are ahead of them.
SLOW = dict(d_rate=1e-4, g_rate=5e-3)
LOGITS, LOW = Gan(), Gan(real=0.0)
LEAST = Gan("least_squares")
CRITIC, PAIRS = Gan("critic", critic_steps=3), Gan("relativistic")
FAST, FEW = Gan(d_rate=1e-2), Gan(images=30, d_rate=5e-3)


def as_they_are(real, fake):
    return real, fake


def probabilities(real, fake):
    return sigmoid(real), sigmoid(fake)


def losses(real, fake):
    return np.log1p(np.exp(-real)), np.log1p(np.exp(fake))


def exchanged(real, fake):
    return fake, real


def said_of(gan, given=as_they_are, fakes=True, seed=0, layer=None, **observe):
    """Observe the steps of a GAN, four of which are a step of p; returns the sentences."""
    said, ada = [], AdaptiveAugmentation({}, name="ada", **(layer or {}))
    callback = AdaCallback(ada, interval=1, log=said.append)
    steps = (x.reshape(STEPS // INTERVAL, -1, gan.patches) for x in outputs(gan, seed))
    for real, fake in zip(*steps, strict=True):
        real, fake = given(*(x.astype(np.float32) for x in (real, fake)))
        # One output for each image, or a map of patches.
        real, fake = (x[..., None] if gan.patches > 1 else x for x in (real, fake))
        if observe.get("threshold") == "partner":
            ada.observe(real, threshold=fake)
        else:
            ada.observe(real, fake if fakes else None, **observe)
        callback.step()
    return said


RIGHT = {
    "logits": dict(gan=LOGITS),
    "logits, told": dict(gan=LOGITS, layer={"output": "logits", "real_label": 1}),
    "logits, real = 0": dict(gan=LOW, real_is_high=False),
    "logits, real = 0, told": dict(gan=LOW, layer={"real_label": 0}),
    "sigmoid": dict(gan=LOGITS, given=probabilities, threshold=0.5),
    "sigmoid, real = 0": dict(gan=LOW, given=probabilities, layer={"output": "sigmoid", "real_label": 0}),
    "least squares": dict(gan=LEAST, layer={"output": "least_squares"}),
    "least squares, fast": dict(gan=Gan("least_squares", d_rate=6e-3), threshold=0.5),
    "least squares of patches": dict(gan=Gan("least_squares", patches=4), threshold=0.5),
    "hinge": dict(gan=Gan("hinge"), layer={"output": "hinge"}),
    "hinge, spectral": dict(gan=Gan("hinge", spectral=True, d_rate=4e-3)),
    "smoothed 0.9": dict(gan=Gan(real=0.9), layer={"real_label": 0.9}),
    "smoothed 0.8, sigmoid": dict(
        gan=Gan(real=0.8), given=probabilities, layer={"output": "sigmoid", "real_label": 0.8}
    ),
    "patches": dict(gan=Gan(patches=4)),
    "fast": dict(gan=FAST),
    "few images": dict(gan=FEW),
    "a fast generator": dict(gan=Gan(g_rate=1e-2)),
    "slow": dict(gan=Gan(**SLOW)),
    "slow, sigmoid": dict(gan=Gan(**SLOW), given=probabilities, threshold=0.5),
    "slow, real = 0": dict(gan=Gan(real=0.0, **SLOW), real_is_high=False),
    "slow, hinge": dict(gan=Gan("hinge", **SLOW)),
    "slow, least squares": dict(gan=Gan("least_squares", **SLOW), threshold=0.5),
    "slow patches": dict(gan=Gan(patches=4, d_rate=2e-4, g_rate=2e-3)),
}  # fmt: skip

# Their threshold needs generated images.
RIGHT_WITH_FAKES = {
    "critic": dict(gan=CRITIC, threshold="middle"),
    "critic, told": dict(gan=CRITIC, layer={"output": "wasserstein"}),
    "critic of patches, told": dict(
        gan=Gan("critic", critic_steps=3, d_rate=1e-3), layer={"output": "wasserstein"}
    ),
    "slow, critic": dict(gan=Gan("critic", **SLOW), threshold="middle"),
    "relativistic": dict(gan=PAIRS, threshold="partner"),
    "relativistic, told": dict(gan=PAIRS, layer={"output": "relativistic"}),
}

TURNED = r"real_is_high=(True|False)"
# Arguments, and what must be said; a pair is what must be said alone and with generated images.
WRONG = {
    "real = 0, not told": (dict(gan=LOW), TURNED),
    "real = 1, told 0": (dict(gan=LOGITS, real_is_high=False), TURNED),
    "fast, real = 1, told 0": (dict(gan=FAST, real_is_high=False), TURNED),
    "few images, real = 1, told 0": (dict(gan=FEW, real_is_high=False), TURNED),
    "patches, real = 1, told 0": (dict(gan=Gan(patches=4), real_is_high=False), TURNED),
    "sigmoid, not told": (dict(gan=LOGITS, given=probabilities), "threshold=0.5"),
    "sigmoid, real = 0, not told": (
        dict(gan=LOW, given=probabilities),
        ("threshold=0.5", r"real_is_high=False, threshold=0.5\)"),
    ),
    "sigmoid, real = 0, threshold only": (dict(gan=LOW, given=probabilities, threshold=0.5), TURNED),
    "sigmoid, real = 0, sign only": (
        dict(gan=LOW, given=probabilities, real_is_high=False),
        "threshold=0.5",
    ),
    "least squares, not told": (dict(gan=LEAST), "threshold=0.5"),
    "least squares, fast, not told": (dict(gan=Gan("least_squares", d_rate=6e-3)), "threshold=0.5"),
    "critic as logits": (dict(gan=CRITIC), "threshold='middle'"),
    "critic as probabilities": (dict(gan=CRITIC, threshold=0.5), "threshold='middle'"),
    "relativistic as logits": (dict(gan=PAIRS), "for a relativistic loss threshold=fake_output"),
    "logits as probabilities": (dict(gan=LOGITS, threshold=0.5), "for logits leave it out"),
    "fast logits as probabilities": (dict(gan=FAST, threshold=0.5), "for logits leave it out"),
    "losses": (dict(gan=LOGITS, given=losses), "the loss of each image is no output"),
    "told that a critic gives logits": (
        dict(gan=CRITIC, layer={"output": "logits", "real_label": 1}),
        "threshold='middle'",
    ),
    "exchanged": (
        dict(gan=LOGITS, given=exchanged),
        (TURNED, "real_output comes first; AdaptiveAugmentation.real_label=1. ends the question"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("use", RIGHT)
def test_right_uses_are_silent(use):
    assert said_of(**RIGHT[use], fakes=False) == []
    assert said_of(**RIGHT[use]) == []


@pytest.mark.parametrize("use", RIGHT_WITH_FAKES)
def test_right_uses_with_fakes_are_silent(use):
    assert said_of(**RIGHT_WITH_FAKES[use]) == []


@pytest.mark.parametrize("use", WRONG)
def test_wrong_uses_are_told_alone_and_with_fakes(use):
    arguments, sentence = WRONG[use]
    sentences = sentence if isinstance(sentence, tuple) else (sentence, sentence)
    for fakes, words in zip((False, True), sentences, strict=True):
        said = said_of(**arguments, fakes=fakes)
        assert said, f"nothing is said with fakes={fakes}"
        assert re.search(words, said[0]), said[0]


def test_a_discriminator_that_has_not_come_to_zero_is_asked_about():
    """Both networks slow: all outputs are still on the side where chance put them."""
    gan = Gan(d_rate=1e-4, g_rate=1e-4)
    for fakes in (False, True):
        (said,) = said_of(gan, fakes=fakes)
        assert "if the discriminator knows them all by heart, p answers that" in said
        assert ("; observe(real_output, fake_output) shows which" in said) == (not fakes)


def test_smoothed_labels_that_are_not_told_lower_the_statistic():
    """Nothing is said of a discriminator that has learnt to give real images more; p is only late."""
    assert said_of(Gan(real=0.8), fakes=False) == []
    late = outputs(Gan(real=0.8))[0][-40:]
    told = meaning_of("logits", 0.8)[0]
    assert np.sign(late).mean() < np.sign(late - told).mean() - 0.1
