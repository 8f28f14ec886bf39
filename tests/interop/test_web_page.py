"""The explorer as a file: what it shows is what Keras and ada-generate make, and nothing leaves it."""

import contextlib
import dataclasses
import itertools
import re

import numpy as np
import pytest
from absl import flags
from PIL import Image

from ada_tf.cli import generate as generate_program
from ada_tf.errors import UserError
from ada_tf.images import to_uint8
from ada_tf.inference.directions import Direction
from ada_tf.inference.find_directions import find_directions
from ada_tf.inference.generate import generate, generator_of, map_latents, synthesize
from ada_tf.inference.latent_files import read_ws
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.interop import web_networks, web_page, web_scripts
from ada_tf.training.runs.trained import open_trained
from tests.browser import chromium
from tests.explorer import Explorer, write_page
from tests.inference.runs import NETWORK, save_run
from tests.served import serving

LEVELS = 2  # of 256, by which float16 weights and another order of sums may move a picture


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


def opened(path):
    trained = open_trained(path)
    return trained, generator_of(trained)


def made_by(command, network, folder):
    """The picture, uint8 [H, W, C], that a line of ada-generate writes."""
    program, _, *arguments, outdir = command
    assert (program, outdir) == ("ada-generate", "--outdir=out")
    values = flags.FlagValues()
    generate_program.define_flags(values)
    words = [program, str(network), *arguments, f"--outdir={folder}"]
    with contextlib.redirect_stdout(None):
        generate_program.main(values(words), values)
    (path,) = folder.iterdir()
    return np.atleast_3d(np.array(Image.open(path)))


def assert_close(pixels, picture):
    """What is drawn against a picture, uint8 [H, W, 1 to 4]."""
    colours = picture[..., : 3 if picture.shape[-1] > 2 else 1]
    assert pixels.shape[:2] == picture.shape[:2]
    if picture.shape[-1] % 2 == 0:  # colours under alpha are drawn in fewer levels
        assert np.abs(pixels[..., 3].astype(int) - picture[..., -1]).max() <= LEVELS
    else:
        assert np.abs(pixels[..., :3].astype(int) - colours).max() <= LEVELS
    assert pixels[..., :3].std() > 5  # something is to be seen


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
    script = web_scripts.joined("random_state.js")
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
    explorer.set("speed", 0.5)
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
    with pytest.raises(UserError, match=r"^format='web' shows up to 4 channels, .* 5-band .*\.$"):
        write_page(*opened(tmp_path / "run"), tmp_path / "page.html")
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
            web_page.check_free(path, overwrite)
        else:
            with pytest.raises(UserError, match=words):
                web_page.check_free(path, overwrite)
    (tmp_path / "plain").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        web_page.check_free(tmp_path / "plain", True)


def test_a_file_that_no_browser_opens_is_refused(tmp_path, monkeypatch):
    save_run(tmp_path / "run", resolution=8)
    monkeypatch.setattr(web_page, "MAX_FILE", 2**20)
    with pytest.raises(UserError, match=r"would be a file of \d+ MB, .* give a folder"):
        write_page(*opened(tmp_path / "run"), tmp_path / "page.html")
    assert {path.name for path in tmp_path.iterdir()} == {"run", "runtime"}
