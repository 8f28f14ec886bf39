"""The explorer as a file: what it shows is what Keras and ada-generate make, and nothing leaves it."""

import re

import numpy as np
import pytest
from PIL import Image

from ada_tf.images import to_uint8
from ada_tf.inference.find_directions import find_directions
from ada_tf.inference.generate import generate, generator_of, map_latents, synthesize
from ada_tf.inference.latents import latents_from_seeds, read_ws
from ada_tf.inference.open_networks import open_trained
from ada_tf.interop.explorer.web_page import joined_scripts
from ada_tf.marked_files import read_mark
from ada_tf.models.weights_hash import hash_of
from tests.browser import chromium
from tests.explorer import Explorer, assert_close, made_by, write_page
from tests.served import serving


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def creatures():
    trained = open_trained("creatures")
    return trained, generator_of(trained)


@pytest.fixture(scope="module")
def directions(creatures):
    found = find_directions(creatures[1], ["sefa"], count=2)
    return {name: one.direction for name, one in found.items()}


@pytest.fixture(scope="module")
def page_file(creatures, directions, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "creatures.html"
    return write_page(*creatures, path, name="creatures", directions=directions)


@pytest.fixture
def explorer(browser, page_file):
    return Explorer(browser.page(), page_file.as_uri())


def test_pictures_are_those_of_keras(explorer, creatures):
    _, generator = creatures
    for seed, psi, noise in ((0, 1.0, True), (7, 0.7, True), (2**32 - 1, 1.2, False)):
        explorer.set("noise", noise)
        explorer.set("psi", psi)
        explorer.set("seed", seed)
        mode = "const" if noise else "none"
        (expected,) = to_uint8(
            generate(generator, seeds=[seed], truncation_psi=psi, noise_mode=mode)
        )
        assert_close(explorer.pixels(), expected)


def test_latents_are_those_of_numpy(browser):
    page = browser.page()
    script = joined_scripts("random_state.js")
    for seed in (0, 1, 5489, 123456789, 2**31, 2**32 - 1):
        z = page.run(f"(() => {{ {script}\nreturn [...latentOf({seed}, 1001)]; }})()")
        np.testing.assert_array_equal(np.float32(z), latents_from_seeds([seed], 1001)[0])


def test_nothing_leaves_the_page(explorer, page_file):
    explorer.set("seed", 3)
    with serving(b"secret") as server:
        for attempt in (
            f"fetch({server.url!r}).then(() => 'went', () => 'refused')",
            f"new Promise(done => {{ const image = new Image(); image.onload = () => done('went');"
            f" image.onerror = () => done('refused'); image.src = {server.url!r}; }})",
            f"import({server.url!r}).then(() => 'went', () => 'refused')",
        ):
            assert explorer.page.run(attempt) == "refused"
        assert (
            explorer.page.run(
                f"new WebSocket({server.url.replace('http', 'ws', 1)!r}).readyState === undefined"
            )
            is False
        )  # it is refused later, and the server says whether it was asked
        # A script that somebody slips into it does not run.
        explorer.page.run(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'window.slipped = 1'}))"
        )
        assert explorer.page.run("window.slipped") is None
        assert server.requests == []
    own = (page_file.as_uri(), "blob:")
    asked = [url for url in explorer.page.requests if not url.startswith(own)]
    assert [url for url in asked if "127.0.0.1" not in url] == []


def test_the_page_is_quiet(explorer):
    explorer.set("seed", 3)
    complaints = [c for c in explorer.page.complaints if "adapter" not in c]  # of WebGPU
    assert complaints == []


def test_every_control_does_something(explorer):
    seen = [explorer.pixels()]

    def changed():
        seen.append(explorer.pixels())
        assert all((seen[-1] != other).any() for other in seen[:-1])

    for name, value in (("seed", 5), ("psi", 0.5), ("noise", False), ("direction-1", 3)):
        explorer.set(name, value)
        changed()
    for button in (
        "#next",
        "#random",
        "[data-layers=coarse]",
        "#mix-random",
        "#layers button:last-child",
    ):
        explorer.click(button)
        if button != "#layers button:last-child":  # an image layer alone may move nothing visible
            changed()
    explorer.click("#straighten")
    changed()


def test_layers_are_mixed_and_directions_pushed(explorer, creatures, directions):
    _, generator = creatures
    explorer.set("seed", 5)
    explorer.set("psi", 0.8)
    explorer.set("mix-seed", 9)
    explorer.click("#layers button:nth-child(2)")
    explorer.set("direction-1", -2.5)
    ws, lent = map_latents(generator, seeds=[5, 9], truncation_psi=0.8)
    ws[1] = lent[1]
    one = directions["sefa1"]
    ws[one.layers] += np.float32(-2.5 * one.deviation) * one.vector
    assert_close(explorer.pixels(), to_uint8(synthesize(generator, ws[np.newaxis]))[0])


def test_the_plane_lies_between_seeds(explorer, creatures):
    _, generator = creatures
    explorer.set("seed", 5)
    explorer.page.run("document.getElementById('plane').focus()")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        before = explorer.count()
        explorer.page.press(key)
        explorer.settle(before)
    assert re.findall(r"\d+", explorer.text("place")) == ["5", "6", "105", "106"]
    ws = map_latents(generator, seeds=[5, 6, 105, 106])
    weights = np.float32([0.7 * 0.9, 0.3 * 0.9, 0.7 * 0.1, 0.3 * 0.1])
    mixed = np.tensordot(weights, ws, 1)
    assert_close(explorer.pixels(), to_uint8(synthesize(generator, mixed[np.newaxis]))[0])
    before = explorer.count()
    explorer.page.press("Enter")
    explorer.settle(before)
    assert explorer.command[2] == "--seeds=5"


def test_the_plane_is_dragged(explorer):
    explorer.page.size(1200, 900)
    explorer.page.run("document.getElementById('plane').scrollIntoView({block: 'center'})")
    x, y, width = explorer.page.run(
        "(b => [b.x + b.width / 2, b.y + b.height / 2, b.width])"
        "(document.getElementById('plane').getBoundingClientRect())"
    )
    before, pixels = explorer.count(), explorer.pixels()
    explorer.page.drag((x, y), (x - width / 3, y))  # a third of it is a seed
    explorer.settle(before)
    explorer.page.until("document.getElementById('place').textContent === 'Seed 1'")
    assert (explorer.pixels() != pixels).any()


def test_a_walk_plays_until_it_is_stopped(explorer):
    explorer.move("speed", 0.5)
    explorer.click("#walk")
    explorer.page.until("Number(document.getElementById('picture').dataset.shown) > 8")
    assert explorer.text("walk") == "Stop"
    explorer.page.run("document.getElementById('walk').click()")
    explorer.page.until("document.getElementById('picture').ariaBusy === 'false'")
    count = explorer.count()
    explorer.page.run("new Promise(done => setTimeout(done, 300))")
    assert (explorer.count(), explorer.text("walk")) == (count, "Walk")


def test_history_shows_what_was(explorer):
    explorer.set("seed", 5)
    explorer.page.until("document.querySelectorAll('#history button').length >= 1")
    pixels = explorer.pixels()
    explorer.set("seed", 6)
    explorer.page.until("document.querySelectorAll('#history button').length >= 2")
    explorer.click("#history button:nth-child(2)")
    np.testing.assert_array_equal(explorer.pixels(), pixels)
    assert explorer.command[2] == "--seeds=5"


def test_directions_keep_the_names_they_are_given(browser, page_file):
    field = "#sliders input[type=text]"
    first = Explorer(browser.page(), page_file.as_uri())
    first.page.run(
        f"(input => {{ input.value = 'smile'; input.dispatchEvent(new Event('change')); }})"
        f"(document.querySelector({field!r}))"
    )
    again = Explorer(browser.page(), page_file.as_uri())
    assert again.page.run(f"document.querySelector({field!r}).value") == "smile"
    assert again.page.run("document.getElementById('direction-0').ariaLabel") == "smile"


def test_controls_have_names(explorer):
    names = explorer.page.names("button", "slider", "spinbutton", "checkbox", "combobox", "textbox")
    assert len(names) > 20
    assert all(names)


def test_the_line_makes_the_same_picture(explorer, tmp_path):
    explorer.set("seed", 11)
    explorer.set("psi", 0.63)
    explorer.set("noise", False)
    picture = made_by(explorer.command, "creatures", tmp_path / "plain")
    assert_close(explorer.pixels(), picture)
    explorer.set("direction-0", 2)
    files = tmp_path / "files"
    files.mkdir()
    saved = explorer.save("save-w", files)
    command = [word.replace(saved.name, str(saved)) for word in explorer.command]
    assert f"--ws={saved}" in command
    assert_close(explorer.pixels(), made_by(command, "creatures", tmp_path / "edited"))


def test_what_is_saved(explorer, creatures, tmp_path):
    _, generator = creatures
    explorer.set("seed", 11)
    explorer.set("psi", 0.5)
    saved = explorer.save("save-w", tmp_path)
    with np.load(saved, allow_pickle=False) as arrays:
        assert (arrays["w"].shape, arrays["w"].dtype) == ((1, 8, 64), np.float32)
    expected = map_latents(generator, seeds=[11], truncation_psi=0.5)
    # The mapping's weights are halves.
    np.testing.assert_allclose(read_ws(saved, generator), expected, atol=0.01)
    image = Image.open(explorer.save("save-png", tmp_path))
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.array(image), explorer.pixels()[..., :3])
    mark = read_mark(image.filename)
    assert (mark.sha256, mark.network) == (hash_of(generator), "creatures")
    assert (mark.command, dict(mark.flags)) == ("ada-generate", {"seeds": "11", "trunc": "0.5"})
