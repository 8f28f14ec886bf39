"""Icons that are no squares, with alpha, through every program: trained, killed, shown, exported."""

import json
import signal
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ada_tf import load_generator
from ada_tf.shape import Shape
from tests import forked
from tests.cli.test_train import ENVIRONMENT, checkpoints, command, finish, numbers

pytestmark = pytest.mark.usefixtures("small_grids_of_programs")

SHAPE = Shape(24, 40, 4)
SHORT = [
    "--preset=tiny", "--resolution=40x24", "--channels=4", "--batch=8", "--seed=3",
    "--set=network.channel_base=64", "--set=network.channel_max=8",
    "--metrics=none",
]  # fmt: skip


def icon(number: int) -> Image.Image:
    """An ellipse on nothing, somewhat larger than what is trained on."""
    random = np.random.RandomState(number)
    y, x = np.mgrid[:36, :56]
    inside = ((x - 28) / 24) ** 2 + ((y - 18) / random.randint(8, 16)) ** 2 < 1
    pixels = np.zeros([36, 56, 4], np.uint8)
    pixels[inside] = (*random.randint(0, 256, 3), 255)
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    folder = tmp_path_factory.mktemp("icons")
    for number in range(64):
        icon(number).save(folder / f"{number:02d}.png")
    cache = tmp_path_factory.mktemp("cache")
    return [f"--data={folder}", f"--cache_dir={cache}", *SHORT]


@pytest.fixture(scope="module")
def whole(arguments, tmp_path_factory):
    outdir = tmp_path_factory.mktemp("whole")
    text = finish(*arguments, "--kimg=0.04", f"--outdir={outdir}")
    (run_dir,) = outdir.iterdir()
    return text, run_dir


def program(name: str, *arguments):
    command = [sys.executable, "-m", f"ada_tf.cli.{name}", *map(str, arguments)]
    result = forked.run(command, env=ENVIRONMENT, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]


def test_the_run_says_its_shape(whole):
    text, run_dir = whole
    assert "images, 40x24, " in text
    options = json.loads((run_dir / "training_options.json").read_text())
    assert (options["data"]["resolution"], options["data"]["channels"]) == ("40x24", 4)
    for name in ("reals", "reals_augmented", "fakes_init", "fakes000000"):
        with Image.open(run_dir / f"{name}.png") as image:
            assert image.width % 40 == image.height % 24 == 0


def test_killed_and_continued_equals_uninterrupted(whole, arguments, tmp_path):
    again = [*arguments, "--kimg=0.04", f"--outdir={tmp_path}", "--checkpoint_minutes=0"]
    process = forked.start(command(*again), env=ENVIRONMENT, reads=False)
    deadline = time.time() + 200
    while not checkpoints(tmp_path) and process.poll() is None and time.time() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "\nContinuing" in f"\n{finish(*again)}"
    expected, found = numbers(whole[1]), numbers(next(tmp_path.iterdir()))
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_pictures_are_generated(whole, tmp_path):
    program("generate", whole[1], "--seeds=0-3", "--grid", f"--outdir={tmp_path}")
    for name in ("seed0000", "seed0003"):
        with Image.open(tmp_path / f"{name}.png") as image:
            assert (image.size, image.mode) == ((40, 24), "RGBA")
    with Image.open(tmp_path / "grid.png") as image:
        assert image.size == (80, 48)


def test_what_is_exported_makes_the_same_pictures(whole, tmp_path):
    program("export", whole[1], f"--out={tmp_path / 'saved'}")
    program("export", whole[1], "--format=network", f"--out={tmp_path / 'network'}")
    z = np.random.RandomState(0).randn(2, 64).astype(np.float32)
    generator, _ = load_generator(whole[1])
    expected = generator(z).numpy()
    assert expected.shape == (2, *SHAPE.hwc)
    folder, architecture = load_generator(tmp_path / "network")
    assert architecture.shape == SHAPE
    np.testing.assert_allclose(folder(z), expected, atol=1e-5)
    signature = tf.saved_model.load(tmp_path / "saved").signatures["serving_default"]
    found = signature(z=tf.constant(z), truncation_psi=tf.constant(1.0))["images"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
