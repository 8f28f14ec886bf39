"""Every command of docs/recipes.md starts, and every flag of it has its reason."""

import json
import pathlib
import re
import shlex

import numpy as np
import pytest
from PIL import Image

from ada_tf.cli import train
from ada_tf.training import cluster, forecast
from tests.cli.programs import flags_of

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "recipes.md"
CODE = re.compile(r"```bash\n(.*?)```", re.S)
SECTION = re.compile(r"^##+ (.*?)\n(.*?)(?=^##|\Z)", re.S | re.M)
# What a test has instead of what a reader has.
INSTEAD = {"resume": "creatures"}
PICTURES = 120  # more than any recipe holds out and trains on at a time


def recipes() -> list:
    """(title, command, what is said of it) of all commands."""
    return [
        pytest.param(command, CODE.sub("", text), id=f"{title} {number}")
        for title, text in SECTION.findall(PAGE.read_text())
        for block in CODE.findall(text)
        for number, command in enumerate(block.strip().splitlines())
    ]


def given(command: str) -> list[str]:
    """The arguments of ada-train."""
    program, *arguments = shlex.split(command)
    assert program == "ada-train"
    return arguments


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of small pictures with alpha, of which none is as wide as it is high."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for number in range(PICTURES):
        pixels = rng.integers(0, 256, [12, 16, 4], np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.mark.parametrize(("command", "reasons"), recipes())
def test_every_recipe_starts(monkeypatch, capsys, tmp_path, pictures, command, reasons):
    """As far as to the first compiled program: --dry_run refuses what training would."""
    asked = {}

    def start(strategy, minutes):
        asked["strategy"] = strategy
        return cluster.ALONE

    monkeypatch.setattr(cluster, "start", start)
    monkeypatch.setattr(forecast, "costs", lambda *_: "")
    instead = INSTEAD | {"data": str(pictures), "outdir": str(tmp_path / "runs")}
    arguments = []
    for argument in given(command):
        name, _, value = argument.removeprefix("--").partition("=")
        arguments.append(f"--{name}={instead.get(name, value)}" if value else argument)
    cache = f"--cache_dir={tmp_path / 'cache'}"
    flags = flags_of(train, *arguments, cache, "--dry_run", "--json")
    train.main(flags)
    assert json.loads(capsys.readouterr().out)["preset"] == flags.settings.get(
        "preset", train.DEFAULT_PRESET
    )
    assert asked["strategy"] in cluster.STRATEGIES


@pytest.mark.parametrize(("command", "reasons"), recipes())
def test_every_flag_of_a_recipe_has_its_reason(command, reasons):
    for argument in given(command):
        name, _, value = argument.partition("=")
        if name == "--data" and not value.startswith("/"):
            continue
        said = re.findall(rf"^- .*{re.escape(name)}\b|`{re.escape(name[2:])}`:", reasons, re.M)
        assert said or f"`{value}`:" in reasons, argument
