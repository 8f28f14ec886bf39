"""The images of a run: made in parts, written in the background."""

import time
import types

import numpy as np
import pytest
from PIL import Image

from ada_tf.augment.named_policies import RESAMPLINGS
from ada_tf.ops import random
from ada_tf.settings import Schedule
from ada_tf.training.callbacks import grids
from ada_tf.training.callbacks.grids import GridCallback, augmented
from ada_tf.training.config import AugmentConfig
from tests.metrics.sets import dataset
from tests.training import tiny

IMAGES = np.random.default_rng(0).integers(0, 256, [7, 8, 8, 1], np.uint8)


@pytest.fixture
def callback(tmp_path):
    made = GridCallback(tmp_path, None, None, 4000, 1, batch=4)
    made.grid = types.SimpleNamespace(columns=7)
    return made


@pytest.mark.parametrize("classes", [2, 6])  # fewer than rows, and more
def test_fakes_stand_below_each_other_as_reals_do(monkeypatch, classes):
    """Row by row of one class, of the average, whatever the batch."""
    monkeypatch.setattr(grids, "grid_shape", lambda resolution: (3, 4))
    frequencies = [1 / classes] * classes
    model = tiny.model(label_source=frequencies, augment=AugmentConfig(mode="noaug"))
    data = dataset(count=24, labels=np.arange(24) % classes, num_classes=classes)
    grid = grids.Grid(model, data, batch=5)
    rows = np.arange(4) % classes
    np.testing.assert_array_equal(
        data.label_of(grid.indices).reshape(4, 3), np.repeat(rows[:, None], 3, axis=1)
    )
    one_hot = np.eye(classes, dtype=np.float32)[np.repeat(rows, 3)]
    expected = model.generator_ema(grid._z, one_hot)
    np.testing.assert_allclose(grid.fakes(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("batch", [2, 7, 100])
def test_augmented_in_parts_shows_every_image(monkeypatch, batch):
    monkeypatch.setattr(grids, "AUGMENTED", batch * IMAGES[0].size + 1)
    shown = augmented(IMAGES, 0.0, "bgc", random.make_seed(0))
    np.testing.assert_allclose(shown, IMAGES / 127.5 - 1, atol=1e-5)


def test_parts_are_augmented_differently(monkeypatch):
    monkeypatch.setattr(grids, "AUGMENTED", 2 * IMAGES[0].size)
    same = np.tile(IMAGES[:1], [4, 1, 1, 1])
    shown = augmented(same, 1.0, "color", random.make_seed(0))
    assert np.abs(shown[:2] - shown[2:]).max() > 0.01


def test_reals_are_shown_as_the_layer_resamples_them():
    seed = random.make_seed(0)
    sharp, blurred = (augmented(IMAGES, 1.0, "geom", seed, way) for way in RESAMPLINGS)
    assert np.abs(sharp - blurred).max() > 0.01


@pytest.mark.parametrize(
    ("augment", "p"),
    [
        (AugmentConfig(mode="fixed", p=0.3), 0.3),
        (AugmentConfig(mode="fixed", p=Schedule.parse("cosine:0@0,0.4@60")), 0.4),
        (AugmentConfig(cap=0.5, resample="bilinear"), 0.5),
        (AugmentConfig(cap=None), 1.0),
    ],
)
def test_reals_are_shown_at_the_highest_p(callback, monkeypatch, augment, p):
    callback.set_model(types.SimpleNamespace(augment_config=augment, seed=0))
    callback.dataset = types.SimpleNamespace(images=lambda indices: IMAGES)
    callback.grid.indices = range(7)
    seen = []
    monkeypatch.setattr(
        grids, "augmented", lambda images, p, pipe, seed, way: seen.append((p, way)) or images
    )
    callback._write_reals()
    callback.close()
    assert seen == [(p, augment.resample)]


def test_closing_waits_for_the_files(callback, tmp_path):
    for i in range(20):
        callback._save(f"{i}.png", IMAGES)
    callback.close()
    for i in range(20):
        with Image.open(tmp_path / f"{i}.png") as picture:
            assert picture.size == (7 * 8, 8)


def test_before_a_checkpoint_all_files_are_there(callback, tmp_path, monkeypatch):
    """A kill after the checkpoint of a tick would otherwise lose its image for good."""
    slow = grids.save_grid

    def save(*arguments):
        time.sleep(0.3)
        slow(*arguments)

    monkeypatch.setattr(grids, "save_grid", save)
    callback._save("a.png", IMAGES)
    assert not (tmp_path / "a.png").exists()
    callback.flush()
    assert (tmp_path / "a.png").exists()
    callback.close()


def test_a_signal_leaves_the_images_of_ticks_alone(callback, tmp_path):
    callback._written, made = None, []
    callback._write_fakes = made.append
    callback.set_model(types.SimpleNamespace(stop_training=True, images_done=384))
    callback.on_train_end()
    assert made == []
    callback.model.stop_training = False
    callback.on_train_end()
    assert made == [384]
    callback.close()


def test_a_file_that_cannot_be_written_is_an_error(callback, tmp_path):
    callback._save("no/such/folder/a.png", IMAGES)
    with pytest.raises(FileNotFoundError):
        callback.close()
