"""The summary as a whole, of planted images: what is copied is said, in text, JSON and on the page."""

import json
import re

import numpy as np
import pytest

from ada_tf.data import DataConfig
from ada_tf.metrics.evaluate import Reals, Subject
from ada_tf.metrics.evaluator import Evaluator
from ada_tf.metrics.images.reals import reference_sets, trained_part
from ada_tf.metrics.summary import NO_NETWORK, summarise
from ada_tf.metrics.summary_page import page
from tests.metrics.networks import color_network
from tests.metrics.sets import dataset, fakes_of, images
from tests.sentences import refused


def finished(pixels):
    """Finished images of files."""
    names = [f"<{i}>.png" for i in range(len(pixels))]
    return fakes_of(pixels, count=len(pixels), names=lambda: names)


def subject(fakes, validation=0, subset=None):
    whole = dataset(count=300)
    training = trained_part(whole, DataConfig("digits", validation=validation, subset=subset))
    reals = Reals(whole, training, reference_sets(whole, training))
    return Subject("<b>fakes</b>", finished(fakes), None, reals)


def summary(fakes, validation=0, here="lite0", subset=None):
    make = lambda metrics, of: Evaluator(  # noqa: E731
        metrics, color_network, reals=of.sets, cache_dir=False
    )
    return summarise(subject(fakes, validation, subset), make, here.__eq__, tested=200, drawn=5)


def test_honest_images():
    found = summary(images(9, 200))
    assert found.sentences[0].startswith("No sign of copying")
    assert [score.metric.name for score in found.scores] == [
        "kid200_full_lite0", "pr200_full_lite0", "dc200_full_lite0",
    ]  # fmt: skip
    assert not found.gaps
    assert found.describe().splitlines()[0] == found.sentences[0]


def test_copies_are_said_first():
    found = summary(np.concatenate([images(9, 150), images(0, 300)[:50]]))
    assert found.copies.copying
    assert found.sentences[0].startswith("The generator copies: ")
    values = json.loads(json.dumps(found.to_json()))
    assert values["verdict"] == found.sentences
    assert values["copies"]["count"] >= 50
    assert values["copies"]["images"][0]["generated"].startswith("<")
    assert values["scores"][0]["results"].keys() == {"kid200_full_lite0"}


def test_both_numbers_and_their_gap_where_images_were_held_out():
    found = summary(images(9, 200), validation=120)
    names = [score.metric.name for score in found.scores]
    assert names[:2] == ["kid200_held_lite0", "kid200_train_lite0"]
    assert found.gaps.keys() == {"kid200_held_lite0"}
    assert found.copies.held_out
    assert found.to_json()["gaps"]["kid200_held_lite0"]["error"] > 0


@pytest.mark.parametrize("validation", [0, 100])
def test_a_run_on_a_part_of_its_data(validation):
    """Copies are those of the images that were trained on, whatever the scores compare with."""
    found = summary(np.concatenate([images(9, 150), images(0, 300)]), validation, subset=150)
    assert (found.copies.exact.sum(), found.copies.tested) == (25, 200)


def test_images_are_made_once_and_reals_are_looked_at_once():
    made = subject(images(9, 200))
    networks = {}
    load = lambda name: networks.setdefault(name, color_network(name))  # noqa: E731
    make = lambda metrics, of: Evaluator(  # noqa: E731
        metrics, load, reals=of.sets, cache_dir=False
    )
    summarise(made, make, "lite0".__eq__, tested=200, drawn=5)
    assert made.fakes.batches.made == 200
    # 200 generated and 300 real ones; copies: the generated in both orientations, the real mirrored.
    assert networks["lite0"].seen == 200 + 300 + 2 * 200 + 300


def test_without_a_network_copies_are_looked_for_all_the_same():
    found = summary(images(0, 300)[:100], here="none")
    assert found.scores == []
    assert found.why == NO_NETWORK
    assert found.copies.copying


def test_no_real_images():
    with refused("data"):
        summarise(Subject("x", finished(images(9, 20))), None, None)


def test_the_page_holds_all_and_trusts_no_name():
    found = summary(images(9, 200), validation=120)
    text = page(found)
    assert "&lt;b&gt;fakes&lt;/b&gt;" in text
    assert "<b>" not in text
    assert not re.search(r"(src|href)=\"(?!data:image/png;base64,)", text)  # nothing from elsewhere
    assert text.count("<img ") == 3
    for words in (*found.sentences, "kid200_held_lite0", "held-out minus training", "±"):
        assert words.replace("'", "&#x27;") in text
