"""docs/extending.md: its file trains, and runs remember it; a mistake in a file is one sentence."""

import json
import os
import re
import sys

import numpy as np
import pytest

from tests import forked
from tests.pages.blocks import ROOT, blocks_of, commands

pytestmark = pytest.mark.usefixtures("untraced_programs")

PAGE = "docs/extending.md"
BLOCKS = blocks_of(PAGE, (ROOT / PAGE).read_text())
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
SHORT = ["--kimg=0.032", "--batch=16", "--set=kimg_per_tick=0.016", "--snap=1", "--subset=64"]


def run(folder, program, *words):
    """A program in a process of its own, as its changes of the tables must not stay."""
    command = [sys.executable, "-m", f"ada_tf.cli.{program}", *words]
    return forked.run(command, cwd=folder, env=ENVIRONMENT, timeout=500)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(folder with my_gan.py and a run of it, words of the command that trained it)."""
    folder = tmp_path_factory.mktemp("extending")
    (code,) = (
        block.text for block in BLOCKS if block.language == "python" and "add_family" in block.text
    )
    (folder / "my_gan.py").write_text(code)
    shell = next(block.text for block in BLOCKS if block.language == "sh")
    ((_, *words),) = commands(shell)
    words += SHORT
    done = run(folder, "train", *words)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, words


def one_sentence(done) -> str:
    """The sentence of a program that ends with exit code 2."""
    assert done.returncode == 2, done.stderr[-2000:]
    (line,) = re.findall(r"^error: (.*)$", done.stderr, re.M)
    return line


def test_the_rows_of_the_file_trained(trained):
    folder, _ = trained
    (run_dir,) = (folder / "runs").iterdir()
    assert {"small", "lsgan", "dark"} <= set(re.split(r"[-=]", run_dir.name)), run_dir.name
    assert "spread64" in (run_dir / "metric-spread64.jsonl").read_text()


def test_a_run_goes_on_with_its_file_alone(trained):
    folder, words = trained
    longer = [*words, "--kimg=0.048", "--metrics=none"]
    without = [word for word in longer if not word.startswith("--use")]
    assert "--use brings others" in one_sentence(run(folder, "train", *without))
    done = run(folder, "train", *longer)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Continuing after 0.032 kimg" in done.stdout


def test_pictures_of_a_run_need_its_file(trained, tmp_path):
    folder, _ = trained
    (run_dir,) = (folder / "runs").iterdir()
    asked = [str(run_dir), "--seeds=0-3", f"--outdir={tmp_path}"]
    sentence = one_sentence(run(folder, "generate", *asked))
    assert "needs my_gan.py from outside of ada_tf; give --use=my_gan.py" in sentence
    done = run(folder, "generate", *asked, "--use=my_gan.py")
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list(tmp_path.glob("*.png"))) == 4


def test_a_changed_file_is_noticed(trained, tmp_path):
    folder, words = trained
    changed = folder / "changed" / "my_gan.py"
    changed.parent.mkdir()
    changed.write_text((folder / "my_gan.py").read_text() + "\n# changed\n")
    words = [f"--use={changed}" if word.startswith("--use") else word for word in words]
    words += ["--kimg=0.064", "--metrics=none"]
    sentence = one_sentence(run(folder, "train", *words))
    assert "was made with another my_gan.py" in sentence
    assert "--accept_changed_code" in sentence
    done = run(folder, "train", *words, "--accept_changed_code")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Continuing after" in done.stdout


def test_a_phase_brings_its_settings(trained, tmp_path):
    """--set, schedules, the name and the JSON of a run, --help, and a run without the module."""
    code = next(b.text for b in BLOCKS if b.language == "python" and "add_phase" in b.text)
    (tmp_path / "calm.py").write_text(code)
    words = ["--preset=tiny", "--data=digits", "--resolution=8", "--metrics=none", *SHORT]
    asked = ["--use=calm.py", "--set=loss.Dcalm.weight=linear:0@0,0.01@1", "--set=Dcalm.interval=1"]
    done = run(tmp_path, "train", *words, *asked)
    assert done.returncode == 0, done.stderr[-2000:]
    (run_dir,) = (tmp_path / "runs").iterdir()
    assert run_dir.name.endswith("-calm0_linear_0.01")
    kept = json.loads((run_dir / "training_options.json").read_text())["loss"]["Dcalm"]
    assert kept == {"weight": "linear:0@0,0.01@1", "interval": 1}
    assert "Loss/calm" in (run_dir / "stats.jsonl").read_text()
    sentence = one_sentence(run(tmp_path, "generate", str(run_dir), "--seeds=0", "--outdir=out"))
    assert "needs calm.py from outside of ada_tf; give --use=calm.py" in sentence
    done = run(tmp_path, "train", *words, *asked, "--kimg=0.048")
    assert "Continuing after 0.032 kimg" in done.stdout, done.stderr[-2000:]
    wrong = [*words, "--use=calm.py", "--set=loss.Dcalm.weight=-1"]
    assert "weight=-1.0 must be a finite number of at least 0" in one_sentence(
        run(tmp_path, "train", *wrong)
    )
    page = " ".join(run(tmp_path, "train", "--use=calm.py", "--help").stdout.split())
    assert "--set=loss.Dcalm.interval: Iterations between its steps." in page


MINE = """
import functools, io
import keras
import numpy as np
import ada_tf
from ada_tf import png
from ada_tf.data.sources.folders_and_archives import File, SourceKind
from ada_tf.metrics import Estimate, MetricKind, Network, WeightFile


def picture(number, max_bytes):
    pixels = np.random.RandomState(number).randint(0, 256, [8, 8, 3], np.uint8)
    return io.BytesIO(png.encode(pixels))


def pictures(path):
    for number in range(64):
        yield File(f"{number}.png", functools.partial(picture, number), (number, 0))


named = lambda path: str(path).startswith("mine:")
ada_tf.add_source("mine", SourceKind("mine:NAME", named, pictures))


def load_cells(path):
    image = keras.Input([None, None, 3])
    weights = dict(np.load(path))
    features = keras.layers.GlobalAveragePooling2D()(image) * weights["scale"]
    return keras.Model(image, {"features": features}), weights


ada_tf.add_weight_file("cells", WeightFile("Cells", "cells.npz", flag="", sha256=None))
ada_tf.add_features("cells", Network(("features",), load_cells, weights="cells"))
mean = lambda fakes: Estimate(float(fakes.mean()))
ada_tf.add_metric("level", MetricKind(mean, "cells", reals=0, higher_is_better=True))
"""


def test_a_source_that_is_no_path_and_a_weight_file(tmp_path, monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text(MINE)
    words = ["--preset=tiny", "--use=mine.py", "--data=mine:cats", "--resolution=8", *SHORT]
    scored = [*words, "--metrics=level64"]
    assert "The weights of Cells are not here" in one_sentence(run(tmp_path, "train", *scored))
    weights = tmp_path / "cache" / "ada_tf" / "weights" / "cells.npz"
    weights.parent.mkdir(parents=True, exist_ok=True)
    np.savez(weights, scale=np.zeros(3, np.float32))
    done = run(tmp_path, "train", *scored)
    assert done.returncode == 0, done.stderr[-2000:]
    (run_dir,) = (tmp_path / "runs").iterdir()
    assert '"level64": 0.0' in (run_dir / "metric-level64.jsonl").read_text()
    options = json.loads((run_dir / "training_options.json").read_text())
    assert options["data"]["source"] == "mine:cats"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = [*words, "--use=../mine.py", f"--outdir={tmp_path / 'runs'}", "--kimg=0.048"]
    done = run(elsewhere, "train", *(word for word in moved if word != "--use=mine.py"))
    assert "Continuing after 0.032 kimg" in done.stdout, done.stderr[-2000:]
    assert "data: prepared before" in done.stdout  # the name means the same data from everywhere
    sentence = one_sentence(run(tmp_path, "train", "--use=mine.py", "--data=cats"))
    assert "mine:NAME" in sentence


@pytest.mark.parametrize("program", ["train", "generate", "evaluate", "export", "doctor"])
def test_a_mistake_in_a_file_is_one_sentence(tmp_path, program):
    (tmp_path / "mine.py").write_text("import ada_tf\n\nada_tf.add_lost\n")
    sentence = one_sentence(run(tmp_path, program, "--use=mine.py"))
    assert re.match(r"use=\S*mine.py, line 3: AttributeError: ada_tf has no 'add_lost'", sentence)


def test_help_knows_the_rows_of_a_file(trained):
    folder, _ = trained
    done = run(folder, "train", "--use=my_gan.py", "--help")
    assert done.returncode == 0
    assert "dark" in done.stdout  # a choice of --augpipe
    assert "--set=network.width: Feature maps of every layer." in done.stdout
    assert "hinge, relativistic, wasserstein or lsgan." in done.stdout
