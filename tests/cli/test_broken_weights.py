"""Weights that are not finite: every program says so by name, and writes nothing."""

import pytest

from ada_tf.cli import evaluate, export, generate
from tests.cli.programs import run
from tests.hostile.checkpoints import first_weight
from tests.sentences import refused


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        (generate, ["--seeds=0", "--outdir=out"]),
        (export, ["--out=out"]),
        (evaluate, ["--metrics=kid20_full_mnv2", "--outdir=out", "--cache_dir=cache"]),
    ],
)
def test_every_program_names_the_tensor(program, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    first_weight(lambda variable: variable * float("nan"))(tmp_path / "run")
    with refused("NaN", "mapping.fc.0.kernel"):
        run("run", *arguments, program=program)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
