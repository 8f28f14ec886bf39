"""The README's Python trains what the program trains, to the bit, and its fit what both train."""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.cli import train as program
from ada_tf.training.runs.checkpoint_folder import newest
from tests.cli.programs import run

pytestmark = pytest.mark.usefixtures("untraced_module")

README = pathlib.Path(__file__).parents[2] / "README.md"
# A set that everybody has, networks and a run that end in seconds.
IMAGES = 96
SMALLER = {
    '"photos/"': '"digits"',
    "resolution=64": "resolution=8, subset=64",
    "kimg=1000": f"kimg={IMAGES / 1000}, settings=SETTINGS",
    'preset("auto"': 'preset("tiny"',
}
FLAGS = ("--preset=tiny", "--data=digits", "--resolution=8", "--subset=64", f"--kimg={IMAGES / 1000}",
         "--snap=1", "--set=kimg_per_tick=0.032")  # fmt: skip
SETTINGS = {"snap": 1, "kimg_per_tick": 0.032}


def blocks() -> list[str]:
    """The README's Python about whole runs, in order, on the smaller set."""
    chapter = README.read_text().split("## In Python\n")[1].split("\n## ")[0]
    found = re.findall(r"```python\n(.*?)```", chapter, re.S)
    texts = [text for text in found if "self." not in text]
    for long, short in SMALLER.items():
        assert sum(long in text for text in texts) == 1, long
        texts = [text.replace(long, short) for text in texts]
    return texts


def tensors(run_dir) -> dict:
    """All numbers of the newest checkpoint; its texts hold places, besides."""
    reader = tf.train.load_checkpoint(newest(run_dir))
    found = {
        name: reader.get_tensor(name)
        for name, dtype in reader.get_variable_to_dtype_map().items()
        if dtype != tf.string
    }
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """What a notebook holds after all cells."""
    folder, cells = tmp_path_factory.mktemp("notebook"), {"SETTINGS": SETTINGS}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks():
            exec(compile(block, README, "exec"), cells)
    return folder, cells


def test_it_is_the_run_of_the_program(notebook, tmp_path):
    run(*FLAGS, f"--outdir={tmp_path}", program=program)
    (theirs,) = tmp_path.iterdir()
    ours = notebook[0] / notebook[1]["run_dir"]
    assert ours.name == theirs.name == "00000-digits-subset64-tiny"
    ours, theirs = tensors(ours), tensors(theirs)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value, err_msg=name)


def test_fit_trains_the_same(notebook):
    folder, cells = notebook
    saved = tensors(folder / cells["run_dir"])
    for name, variable in ada_tf.models.variables_by_name(cells["model"].generator_ema).items():
        key = f"state/generator_ema/{name.replace('.', '..')}/.ATTRIBUTES/VARIABLE_VALUE"
        np.testing.assert_array_equal(variable.numpy(), saved[key], err_msg=name)
    assert cells["model"].images_done == IMAGES


def test_it_leaves_pictures(notebook):
    folder, cells = notebook
    assert cells["images"].shape == (16, 8, 8, 1)
    assert (folder / "images.png").stat().st_size > 100
    assert {"reals.png", "fakes_init.png", "fakes000000.png"} <= {
        path.name for path in (folder / "pictures").iterdir()
    }
