"""The page of a diagnosis: whole in itself, and a stranger's words stay words."""

import html.parser
import re
import shlex

import numpy as np
import pytest

from ada_tf.cli import train
from ada_tf.diagnosis.diagnosis import diagnose
from ada_tf.diagnosis.run_evidence import Exhibits, curves_of_looks
from ada_tf.diagnosis.run_page import MOST_POINTS, command_of, run_page, svg_of
from ada_tf.diagnosis.run_pictures import Grid
from ada_tf.settings import differences
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import data_of, preset
from tests.cli.programs import flags_of
from tests.diagnosis.cases import Curve, curve, healthy
from tests.diagnosis.test_image_statistics import pictures

ILL = {"curves": {STATISTIC: 0.9, "Progress/augment": [0, 0.8, 0.8]}}


class Parts(html.parser.HTMLParser):
    """Tags, attributes and words of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.words = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset", "action")]

    def handle_data(self, data):
        self.words.append(data.strip())


def page(name="run", images=None, **changes):
    evidence = healthy(**changes)
    evidence.curves.update(curves_of_looks(evidence.looks))
    images = pictures(16) if images is None else images
    grids = tuple(Grid(kimg, images, 4) for kimg in range(20))
    diagnosis = diagnose(name, evidence)
    return diagnosis, run_page(diagnosis, Exhibits(images, grids, ("Without <data>",)))


def test_it_says_what_was_found_and_shows_it():
    diagnosis, text = page(**ILL)
    parts = Parts(text)
    assert diagnosis.headline in parts.words
    for finding in diagnosis.findings:
        assert {finding.sentence, finding.advice} <= set(parts.words)
    assert parts.tags.count("svg") == 10 - 1 + 1  # D/reg is not there; one beside the finding
    assert parts.tags.count("img") == 9
    assert "Generated at 0 kimg" in parts.words
    assert "Generated at 19 kimg" in parts.words
    assert "Without <data>" in parts.words


def test_nothing_leaves_it():
    parts = Parts(page(**ILL)[1])
    assert parts.addresses
    assert all(address.startswith("data:image/png;base64,") for address in parts.addresses)
    assert {"script", "link", "iframe", "object"}.isdisjoint(parts.tags)


def test_words_of_strangers_stay_words():
    _, text = page("<script>alert(1)</script>", settings={"data.source": "<b>photos</b>"})
    assert {"script", "b"}.isdisjoint(Parts(text).tags)


def test_grey_pictures_and_runs_without_any():
    assert "img" in Parts(page(images=pictures(16)[..., :1])[1]).tags
    evidence = healthy(looks=())
    text = run_page(diagnose("run", evidence), Exhibits(None, (), ()))
    assert "No pictures were looked at." in Parts(text).words


def points(svg):
    (found,) = re.findall(r'points="([^"]*)"', svg)
    return np.array([pair.split(",") for pair in found.split()], float)


def test_a_curve_goes_from_left_to_right_and_up_with_its_values():
    drawn = points(svg_of("p", curve(0, 1)))
    assert (np.diff(drawn[:, 0]) > 0).all()
    assert (np.diff(drawn[:, 1]) < 0).all()  # y of SVG counts downwards


def test_a_limit_is_drawn_where_it_is_near():
    assert 'class="limit"' in svg_of("p", curve(0, 1), 1.5)
    assert 'class="limit"' not in svg_of("p", curve(0, 1), 99.0)
    assert 'class="limit"' not in svg_of("p", curve(0, 1))


@pytest.mark.parametrize("values", [[3.0], [2.0, 2.0], np.zeros(5 * MOST_POINTS)])
def test_flat_and_long_curves(values):
    drawn = points(svg_of("p", Curve(np.arange(len(values)), np.array(values))))
    assert np.isfinite(drawn).all()
    assert len(drawn) <= MOST_POINTS


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"data.mirror": True, "loss.r1_gamma": 3.5, "network.w_dim": 128},
        {"augment.cap": None, "kimg": 12.5, "data.source": "my photos"},
    ],
)
def test_the_command_gives_the_configuration_again(settings):
    config = preset("tiny", resolution=16, settings={"data.source": "photos", **settings})
    command = command_of(config)
    given = flags_of(train, *shlex.split(command)[1:]).asked
    name = given.pop("preset")
    data = data_of({path: given.pop(path) for path in [*given] if path.startswith("data.")})
    again = preset(name, data=data, settings=given)
    left_open = {"data.channels", "data.source"}
    assert {d.path for d in differences(config, again)} <= left_open
    assert isinstance(again, RunConfig)
