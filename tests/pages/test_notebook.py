"""docs/first_hour.ipynb holds no results, and runs from top to bottom where ada_tf is installed."""

import json
import re

import nbclient
import nbformat
import pytest

from tests.pages.blocks import ROOT
from tests.pages.test_python import check_python

PAGE = ROOT / "docs" / "first_hour.ipynb"
SHORTER = {
    '"creatures:300", resolution=32': '"creatures:300", resolution=16',
    "kimg=100": 'kimg=0.128, settings={"snap": 1, "kimg_per_tick": 0.064}',
    "generator, 120,": "generator, 12,",
}


def cells() -> list[dict]:
    return [c for c in json.loads(PAGE.read_text())["cells"] if c["cell_type"] == "code"]


def test_it_is_a_notebook_without_results():
    nbformat.validate(nbformat.read(PAGE, as_version=4))
    assert len(cells()) > 5
    assert [c for c in cells() if c["outputs"] or c["execution_count"] is not None] == []


@pytest.mark.parametrize("number", range(len(cells())))
def test_what_it_uses_of_ada_tf_is_there(number):
    check_python("".join(cells()[number]["source"]))


def shortened():
    """The notebook, on smaller pictures and a shorter run."""
    text = PAGE.read_text()
    for long, short in SHORTER.items():
        long, short = json.dumps(long)[1:-1], json.dumps(short)[1:-1]
        assert text.count(long) == 1, long
        text = text.replace(long, short)
    return nbformat.reads(text, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """(folder, notebook with what its cells put out)."""
    folder, notebook = tmp_path_factory.mktemp("notebook"), shortened()
    environment = {"CUDA_VISIBLE_DEVICES": "-1", "XDG_CACHE_HOME": str(folder / "cache")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", str(ROOT), prepend=":")
        nbclient.NotebookClient(
            notebook, timeout=500, resources={"metadata": {"path": str(folder)}}
        ).execute()
    return folder, notebook


def outputs(notebook, words: str) -> list[dict]:
    """What the cell with these words put out."""
    (cell,) = (c for c in notebook.cells if c.cell_type == "code" and words in c.source)
    return [output.get("data", {}) for output in cell.outputs]


def test_training_shows_a_bar_and_pictures(executed):
    _, notebook = executed
    bar, picture = (o for o in outputs(notebook, "ada_tf.train(") if o)
    assert 'value="128" max="128"' in bar["text/html"]  # what it said at last
    assert picture["image/png"]


def test_it_leaves_what_it_promises(executed):
    folder, notebook = executed
    names = {path.name for path in folder.iterdir()}
    assert {"runs", "images.png", "walk.gif", "exported", "exported.zip"} <= names
    assert "ada-tf" not in names  # nothing was cloned
    assert outputs(notebook, "save_grid")[-1]["image/png"]
    assert outputs(notebook, "save_film")[-1]["image/gif"]
    assert outputs(notebook, "saved_model.load")[-1]["text/plain"] == "TensorShape([8, 16, 16, 3])"


def test_tensorflow_is_loaded_quietly(executed):
    _, notebook = executed
    streams = [o for c in notebook.cells for o in c.get("outputs", ()) if o.output_type == "stream"]
    lines = "".join(o.text for o in streams if o.name == "stderr").splitlines()
    assert lines[0].endswith(": loading TensorFlow")
    assert lines[1].endswith("without a GPU")
    assert [line for line in lines if re.match(r"[IWE]\d{4} |WARNING|INFO", line)] == []
