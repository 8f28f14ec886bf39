"""RGBA creatures and grey pictures of 16 bits go the whole way, the latter killed on it once."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ada_tf.data import DataConfig, open_dataset
from ada_tf.images import as_shown, save_png
from ada_tf.metrics.evaluate import evaluate, open_subject
from ada_tf.metrics.features.feature_network import FeatureNetwork
from tests import forked
from tools import torture_resume as torture

pytestmark = pytest.mark.usefixtures("untraced_programs")

SMALL = (
    "--resolution=16", "--batch=8", "--kimg=0.064", "--set=kimg_per_tick=0.032", "--snap=1",
    "--checkpoint_minutes=0", "--preset=tiny", "--aug=fixed", "--p=0.5",
    "--set=network.channel_base=64", "--set=network.z_dim=8", "--set=network.w_dim=8",
)  # fmt: skip


def scans(folder):
    """Smooth pictures whose levels no 8 bits can hold."""
    folder.mkdir()
    x, y = np.meshgrid(np.arange(16), np.arange(16))
    for number in range(24):
        level = 20000 + 3000 * np.sin(0.1 * number * x) + 11 * y * number
        save_png(level.astype(np.uint16)[..., None], folder / f"{number:02}.png")
    return folder


KINDS = {
    "RGBA creatures": (lambda folder: "creatures:24", 4, 8),
    "scans of 16 bits": (lambda folder: scans(folder / "scans"), 1, 16),
}


def train(outdir, data, channels, place="", count=0):
    """The program; returns the exit code."""
    command = [
        sys.executable, "-c", torture.PROGRAM, place, str(count), *SMALL, f"--data={data}",
        f"--channels={channels}", f"--outdir={outdir}",
    ]  # fmt: skip
    return forked.run(command).returncode


def program(name, *arguments):
    command = [sys.executable, "-m", f"ada_tf.cli.{name}", *map(str, arguments)]
    done = forked.run(command)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def mean_colours():
    image = keras.Input([None, None, 3])
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    return FeatureNetwork("mine", keras.Model(image, {"features": features}))


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_way(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make, channels, bits = KINDS[kind]
    data, runs = make(tmp_path), tmp_path / "runs"
    killed = bits == 16  # test_shapes.py kills a run with alpha
    if killed:
        assert train(runs, data, channels, "batch", 6) != 0
    assert train(runs, data, channels) == 0
    ours = torture.fingerprint(runs)
    if killed:
        assert train(tmp_path / "whole", data, channels) == 0
        assert torture.differences(ours, torture.fingerprint(tmp_path / "whole")) == []
    assert {"fakes_init.png", "fakes000000.png", "reals.png", "reals_augmented.png"} < ours.keys()

    (run,) = runs.iterdir()
    dataset = open_dataset(DataConfig(str(data), resolution=16, channels=channels), str)
    assert (dataset.shape.channels, dataset.bits) == (channels, bits)
    with Image.open(run / "reals.png") as reals:
        assert reals.mode == ("RGB" if channels == 4 else "L")
        first = np.asarray(reals)[:16, :16].reshape(16, 16, -1)
    assert any((first == image).all() for image in as_shown(dataset.images(range(24))))

    program("generate", run, "--seeds=0-9", "--format=npy", f"--outdir={tmp_path / 'npy'}")
    kind_of_png = "png" if bits == 8 else "png16"
    fakes = tmp_path / "png"
    program("generate", run, "--seeds=0-9", f"--format={kind_of_png}", f"--outdir={fakes}")
    arrays = np.stack([np.load(path) for path in sorted((tmp_path / "npy").iterdir())])
    assert arrays.dtype == f"uint{bits}"
    written = open_dataset(DataConfig(str(fakes), channels=channels), str)
    seen = arrays[..., -1:] > 0 if channels == 4 else True
    np.testing.assert_array_equal(np.where(seen, written.images(range(10)), 0), arrays * seen)

    program("export", run, f"--out={tmp_path / 'exported'}")
    model = tf.saved_model.load(str(tmp_path / "exported"))
    made = model.signatures["generate"](
        seeds=tf.constant([1, 2], tf.int64), truncation_psi=tf.constant(1.0)
    )["images"]
    assert (made.shape, made.dtype) == ((2, 16, 16, channels), f"uint{bits}")
    program("export", run, "--format=network", f"--out={tmp_path / 'network'}")
    program(
        "generate",
        tmp_path / "network",
        "--seeds=0-9",
        "--format=npy",
        f"--outdir={tmp_path / 'again'}",
    )
    for path in sorted((tmp_path / "npy").iterdir()):
        np.testing.assert_array_equal(np.load(path), np.load(tmp_path / "again" / path.name))

    words = "laid on white" if channels == 4 else "16 bits reduced to 8"
    config = DataConfig(str(data), resolution=16, channels=channels)
    said = []

    def heard(name, scores):
        said.append(scores[0].protocol)

    for subject in (open_subject(run), open_subject(generated=fakes, data=config)):
        found = evaluate(subject, metrics="kid10_full", features=mean_colours(), on_scores=heard)
        assert np.isfinite([*found.values()]).all()
    assert len(said) == 2
    assert all(words in protocol for protocol in said)
