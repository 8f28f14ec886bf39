"""Pages of networks of every kind, and what a page is as a file."""

import dataclasses
import itertools
import re

import numpy as np
import pytest
from PIL import Image

from ada_tf.errors import UserError
from ada_tf.images import to_uint8
from ada_tf.inference.directions import Direction
from ada_tf.inference.generate import generate
from ada_tf.interop.explorer import web_networks, web_page
from ada_tf.interop.export.folders import check_page
from tests.browser import chromium
from tests.explorer import LEVELS, Explorer, assert_close, made_by, opened, write_page
from tests.inference.runs import NETWORK, save_run
from tests.sentences import refused


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


CONDITIONAL = {
    "classes": dict(classes=3, names=("cat", "dog", "a:b, c"), channels=1),
    "attributes": dict(ranges={"age": (0.0, 0.4, 1.0), "smile": (-1.0, 0.0, 1.0)}),
    "both": dict(classes=2, ranges={"age": (0.0, 0.4, 1.0)}),
}


@pytest.mark.parametrize("kind", CONDITIONAL)
def test_labels_are_mixed(kind, browser, tmp_path):
    save_run(tmp_path / "run", resolution=16, **CONDITIONAL[kind])
    path = write_page(*opened(tmp_path / "run"), tmp_path / "page.html", weights="float32")
    explorer = Explorer(browser.page(), path.as_uri())
    number = 0

    def check():
        nonlocal number
        number += 1
        picture = made_by(explorer.command, tmp_path / "run", tmp_path / str(number))
        assert_close(explorer.pixels(), picture)
        return explorer.pixels()

    pictures = [check()]
    explorer.set("psi", 0.4)  # toward the mean of the label
    pictures.append(check())
    if kind != "attributes":
        for name, value in (("class-b", "1"), ("share", 0.3), ("class-a", "1"), ("share", 1)):
            explorer.set(name, value)
        pictures.append(check())
        explorer.set("class-a", "0")
        explorer.set("share", 0.3)
        pictures.append(check())
    if kind != "classes":
        explorer.set("attribute-0", 0.9)
        pictures.append(check())
    explorer.set("toward", "global")
    pictures.append(check())
    assert all((a != b).any() for a, b in itertools.pairwise(pictures))
    if kind == "classes":
        assert "--class=cat:0.7,dog:0.3" in explorer.command
        explorer.set("class-b", "2")
        assert "--class=cat:0.7,2:0.3" in explorer.command
        explorer.set("share", 1)
        assert "--class=a:b, c" in explorer.command
        check()


@pytest.mark.parametrize(
    ("size", "channels"), [("32x16", 3), ("16x32", 1), ("16x16", 2), ("24x16", 4)]
)
def test_pictures_of_any_shape(size, channels, browser, tmp_path):
    save_run(tmp_path / "run", resolution=size, channels=channels)
    trained, generator = opened(tmp_path / "run")
    path = write_page(trained, generator, tmp_path / "page.html", weights="float32")
    explorer = Explorer(browser.page(), path.as_uri())
    explorer.set("seed", 4)
    (expected,) = to_uint8(generate(generator, seeds=[4]))
    assert_close(explorer.pixels(), expected)
    saved = np.atleast_3d(np.array(Image.open(explorer.save("save-png", tmp_path))))
    assert saved.shape == expected.shape
    assert np.abs(saved.astype(int) - expected).max() <= LEVELS  # under alpha, too


def test_bands_cannot_be_shown(tmp_path):
    save_run(tmp_path / "run", resolution=8, channels=5)
    trained, generator = opened(tmp_path / "run")
    with refused("format=", "5"):
        web_page.write(
            generator,
            trained.architecture.shape,
            trained.label_space,
            tmp_path / "page.html",
            runtime=tmp_path,
            name="net",
        )
    assert not (tmp_path / "page.html").exists()


def test_a_network_without_noise_has_no_such_switch(browser, tmp_path):
    save_run(tmp_path / "run", resolution=8, classes=0)
    trained, generator = opened(tmp_path / "run")
    generator.synthesis.use_noise = False
    path = write_page(trained, generator, tmp_path / "page.html", weights="float32")
    explorer = Explorer(browser.page(), path.as_uri())
    assert explorer.page.run("document.getElementById('noise-control').hidden")
    (expected,) = to_uint8(generate(generator, seeds=[0], noise_mode="none"))
    assert_close(explorer.pixels(), expected)


def test_an_engine_that_makes_other_pictures_is_not_believed(browser, tmp_path, monkeypatch):
    save_run(tmp_path / "run", resolution=8)
    arrays = web_networks.arrays

    def wrong(*arguments):
        found = arrays(*arguments)
        return found | {"check": found["check"] ^ 8}

    monkeypatch.setattr(web_networks, "arrays", wrong)
    path = write_page(*opened(tmp_path / "run"), tmp_path / "page.html")
    explorer = Explorer(browser.page(), path.as_uri())
    assert re.match(r"Nothing runs the network here.*levels off", explorer.status)


def test_the_same_call_gives_the_same_bytes(tmp_path):
    save_run(tmp_path / "run", resolution=8, network=dataclasses.replace(NETWORK, w_dim=4))
    first, second = (
        write_page(*opened(tmp_path / "run"), tmp_path / name) for name in ("a.html", "b.html")
    )
    assert first.read_bytes() == second.read_bytes()


def test_names_of_others_are_text(browser, tmp_path):
    name = "</script><script>window.slipped = 1</script>"
    save_run(tmp_path / "run", resolution=8, classes=2, names=(name, "b"))
    trained, generator = opened(tmp_path / "run")
    one = Direction(np.ones(8, np.float32), 1.0, np.ones(generator.num_ws, bool))
    path = write_page(trained, generator, tmp_path / "page.html", name=name, directions={name: one})
    explorer = Explorer(browser.page(), path.as_uri())
    assert explorer.page.run("window.slipped") is None
    assert explorer.page.run("document.querySelector('h1').textContent") == name
    assert explorer.command[1] == name
    assert f"--class={name}" in explorer.command


def test_what_is_there_stays(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").touch()
    (tmp_path / "folder.html").mkdir()
    for path, overwrite, words in (
        (page, False, "is there already"),
        (tmp_path / "folder", True, "is not empty"),
        (tmp_path / "folder.html", True, "is a folder"),
        (tmp_path / "other", False, None),
        (page, True, None),
    ):
        if words is None:
            check_page(path, overwrite)
        else:
            with pytest.raises(UserError, match=words):
                check_page(path, overwrite)
    (tmp_path / "plain").write_text("mine")
    with refused("out="):
        check_page(tmp_path / "plain", True)


def test_a_file_that_no_browser_opens_is_refused(tmp_path, monkeypatch):
    save_run(tmp_path / "run", resolution=8)
    monkeypatch.setattr(web_page, "MAX_FILE", 2**20)
    with pytest.raises(UserError, match=r"would be a file of \d+ MB, .* give a folder"):
        write_page(*opened(tmp_path / "run"), tmp_path / "page.html")
    assert {path.name for path in tmp_path.iterdir()} == {"run", "runtime"}
