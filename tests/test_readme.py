"""The Python of the README trains what the program trains."""

import json
import pathlib

import numpy as np
import pytest
from absl import flags
from PIL import Image

from ada_tf.cli import _program, train
from ada_tf.settings import to_dict

README = pathlib.Path(__file__).parent.parent / "README.md"


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder of that name, here, with as many pictures as a batch wants."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "photos").mkdir()
    draw = np.random.RandomState(0)
    for i in range(32):
        pixels = draw.randint(0, 256, [64, 64, 3], np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{i}.png")


def test_python_and_the_program_train_the_same(photos, capsys):
    section = README.read_text().partition("## In Python")[2]
    code = section.partition("```python\n")[2].partition("model.fit(")[0]
    found = {}
    exec(code, found)
    values = flags.FlagValues()
    train.define_flags(values)
    arguments = ["--data=photos/", "--resolution=64", "--dry_run"]
    _program.parse_flags(["ada-train", *arguments], values=values)
    capsys.readouterr()
    train.main(["ada-train"], values)
    printed = json.loads("{" + capsys.readouterr().out.partition("{")[2])  # after the data's lines
    config, model = found["config"], found["model"]
    assert to_dict(config) == printed
    assert (model.network_config, model.augment_config) == (config.network, config.augment)
    assert (model.loss_config, model.ema_config) == (config.loss, config.ema)
    assert "data.batches(config.batch)" in section
