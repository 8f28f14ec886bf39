"""The explorer in a browser: what people do with it, and what they see."""

import base64
import contextlib
import json
import pathlib
import shlex
import shutil
import time

import numpy as np
from PIL import Image

from ada_tf.cli import generate as generate_program
from ada_tf.inference.generate import generator_of
from ada_tf.inference.open_networks import open_trained
from ada_tf.interop.explorer.web_page import BUILDS, find_runtime, write
from tests.cli.programs import run

LEVELS = 2  # of 256, by which float16 weights and another order of sums may move a picture
ROOT = pathlib.Path(__file__).parent.parent


def runtime():
    """The folder of onnxruntime-web: `web_runtime.VARIABLE` names it, or it is installed in the repository."""
    return find_runtime(beside=[ROOT])


def light_runtime(folder) -> pathlib.Path:
    """The package without its half for WebGPU, which takes longest to pack and here finds no card."""
    whole = runtime()
    (folder / "dist").mkdir(parents=True, exist_ok=True)
    shutil.copy(whole / "package.json", folder)
    for name in BUILDS["wasm"]:
        shutil.copy(whole / "dist" / name, folder / "dist")
    for name in BUILDS["webgpu"]:
        (folder / "dist" / name).touch()
    return folder


def write_page(trained, generator, path, name="net", **options):
    """The page of a `Trained` network, whose generator is given."""
    shape, space = trained.architecture.shape, trained.label_space
    light = light_runtime(path.parent / "runtime")
    return write(generator, shape, space, path, runtime=light, name=name, **options)


def opened(path):
    """A `Trained` network and its generator."""
    trained = open_trained(path)
    return trained, generator_of(trained)


def made_by(command, network, folder):
    """The picture, uint8 [H, W, C], that a line of ada-generate writes."""
    program, _, *arguments, outdir = command
    assert (program, outdir) == ("ada-generate", "--outdir=out")
    with contextlib.redirect_stdout(None):
        run(network, *arguments, f"--outdir={folder}", program=generate_program)
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


class Explorer:
    """A page that is open, and ready."""

    def __init__(self, page, url):
        self.page = page
        page.open(str(url))
        page.until("/^(Ready|Nothing)/.test(document.getElementById('status').textContent)")
        if self.status.startswith("Ready"):
            page.until("document.getElementById('command').textContent")

    @property
    def status(self) -> str:
        return self.text("status")

    @property
    def command(self) -> list[str]:
        """Words of the line of ada-generate."""
        return shlex.split(self.text("command"))

    def text(self, name) -> str:
        return self.page.run(f"document.getElementById({json.dumps(name)}).textContent")

    def set(self, name, value):
        """Give a control a value, and wait for the picture."""
        before = self.count()
        self.move(name, value)
        self.settle(before)

    def move(self, name, value):
        """Give a control a value, as people do who move it."""
        property_ = "checked" if isinstance(value, bool) else "value"
        self.page.run(
            f"""(() => {{ const input = document.getElementById({json.dumps(name)});
                input.{property_} = {json.dumps(value)};
                for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind)); }})()"""
        )

    def click(self, selector):
        """Press a button, and wait for the picture."""
        before = self.count()
        self.page.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.settle(before)

    def count(self) -> int:
        """How many pictures were shown."""
        return self.page.run("Number(document.getElementById('picture').dataset.shown ?? 0)")

    def settle(self, before):
        """Wait until what was asked for is shown."""
        self.page.until(
            f"""(() => {{ const picture = document.getElementById('picture');
                return Number(picture.dataset.shown) > {before} && picture.ariaBusy === 'false'; }})()"""
        )

    def pixels(self) -> np.ndarray:
        """What is drawn: uint8 [H, W, 4]."""
        width, height, text = self.page.run(
            """(() => { const canvas = document.getElementById('picture');
                const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                return [canvas.width, canvas.height, btoa(String.fromCharCode(...data))]; })()"""
        )
        return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)

    def save(self, button, folder) -> pathlib.Path:
        """The file that a button saves."""
        self.page.downloads(folder)
        known = set(folder.iterdir())
        self.page.run(f"document.getElementById({json.dumps(button)}).click()")
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for path in set(folder.iterdir()) - known:
                if path.suffix in (".png", ".npz"):
                    return path
            time.sleep(0.02)
        raise AssertionError(f"{button} saved nothing")
