import functools
import json

import numpy as np
import pytest

from ada_tf.cli import blend, generate
from ada_tf.inference.blend import read
from ada_tf.interop import network_folder
from tests.cli.programs import read as read_png
from tests.cli.programs import run
from tests.inference.runs import save_run
from tests.inference.test_blend import changed
from tests.sentences import refused

call = functools.partial(run, program=blend)


def test_a_network_folder(plain, tmp_path, capsys):
    call(plain[0], plain[0], "--at=8", "--width=1", f"--out={tmp_path / 'blend'}")
    captured = capsys.readouterr()
    assert captured.out == f"Wrote {tmp_path / 'blend'}\n"
    assert captured.err == "warning: LOW and HIGH are one network, and so is their blend.\n"
    about = json.loads((tmp_path / "blend" / "network.json").read_text())["about"]
    assert about["name"] == "blend"
    call(tmp_path / "blend", "--seeds=1", f"--outdir={tmp_path / 'out'}", program=generate)
    call(plain[0], "--seeds=1", f"--outdir={tmp_path / 'self'}", program=generate)
    np.testing.assert_array_equal(
        *(read_png(tmp_path / n / "seed0001.png") for n in ("out", "self"))
    )


def test_strangers_are_warned_of(plain, tmp_path, capsys):
    rolled = changed(read(plain[0]), lambda _, a: np.roll(a, 1))
    other = network_folder.write(rolled, tmp_path / "other")
    call(plain[0], other, "--at=8", f"--out={tmp_path / 'blend'}")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: ")
    assert "seem never to have shared a parent" in line
    assert (tmp_path / "blend" / "weights.npz").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a"],
        ["a", "b"],
        ["a", "b", "--at=8"],
        ["a", "gs://b/c", "--at=8", "--out=out"],
        ["a", "b", "--at=8", "--out=gs://x"],
        ["a", "b", "--at=8", "--out=."],
        ["nowhere", "b", "--at=8", "--out=out"],
        ["creatures", "creatures", "--at=9", "--out=out"],
        ["creatures", "creatures", "--at=64", "--out=out"],
    ],
)
def test_what_cannot_be(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").write_text("precious")
    with refused():
        call(*arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_another_resolution(plain, tmp_path):
    save_run(tmp_path / "run", resolution=8)
    with refused("16", "8"):
        call(plain[0], tmp_path / "run", "--at=8", f"--out={tmp_path / 'out'}")
