"""The code of docs/metrics_any_gan.md runs as it stands there."""

import pathlib
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf import metrics
from ada_tf.metrics.features import feature_network
from tests.metrics.images.test_pictures import write
from tests.metrics.networks import color_network
from tests.metrics.sets import images

# Keras' own, when it saves weights beside NumPy 2, and of every `fit` on a tf.data.Dataset.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning"),
]

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "metrics_any_gan.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


class Gan(keras.Model):
    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential(
            [
                keras.Input([16]),
                keras.layers.Dense(8 * 8 * 3, activation="tanh"),
                keras.layers.Reshape([8, 8, 3]),
            ]
        )
        self.built = True

    def train_step(self, batch):
        return {"loss": tf.reduce_mean(tf.cast(batch, tf.float32))}


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the page takes for granted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(feature_network, "load_network", lambda name: color_network(name))
    gan = Gan()
    gan.compile()
    gan.generator.save("generator.keras")
    write(tmp_path / "fakes", images(2, 20))
    return {
        "metrics": metrics,
        "keras": keras,
        "gan": gan,
        "generator": gan.generator,
        "photos": images(0, 30),
        "held_out": images(1, 30),
        "batches": tf.data.Dataset.from_tensor_slices(np.zeros([4, 1])).batch(2),
    }


@pytest.mark.parametrize("block", range(len(BLOCKS)))
def test_it_runs(block, names, tmp_path):
    exec(compile(BLOCKS[block], f"block {block} of the page", "exec"), names)
    if "fit" in BLOCKS[block]:
        assert (tmp_path / "best.keras").is_file()
        assert "val_kid" in (tmp_path / "log.csv").read_text()
    else:
        assert names["found"].tested == 1000


def test_the_page_and_the_api_name_every_function():
    told = set(re.findall(r"::: ada_tf\.metrics\.(\w+)", (DOCS / "api" / "metrics.md").read_text()))
    assert told == set(metrics.__all__)
    assert {name for name in metrics.__all__ if name[0].islower()} <= set(
        re.findall(r"\w+", PAGE)
    ) | {"images_of", "load_network"}
