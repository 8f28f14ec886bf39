"""`images_of`: whatever somebody has becomes the same images."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig, open_dataset
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.export.saved_model import export_saved_model
from ada_tf.metrics.images.any_images import images_of
from ada_tf.metrics.images.images import as_bytes, images_of_array, shape_of
from tests.inference.runs import save_run
from tests.metrics.images.test_pictures import write
from tests.metrics.sets import dataset, images
from tests.sentences import refused

# Keras' own, when it saves weights beside NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def taken(source, count):
    return np.concatenate(list(source.batches(count)))


def generator(z_dim=3, known=True):
    model = keras.Sequential(
        [keras.layers.Dense(4 * 4 * 3, activation="tanh"), keras.layers.Reshape([4, 4, 3])]
    )
    if known:
        model.build([None, z_dim])
    return model


PIXELS = images(0, 7)
FLOATS = PIXELS.astype(np.float32) / 127.5 - 1

FINITE = {
    "bytes": PIXELS,
    "floats": FLOATS,
    "doubles": FLOATS.astype(np.float64),
    "a list": list(PIXELS),
    "a tensor": tf.constant(FLOATS),
    "a data set": tf.data.Dataset.from_tensor_slices(PIXELS).batch(3),
    "a data set of pairs": tf.data.Dataset.from_tensor_slices((FLOATS, np.arange(7))).batch(3),
    "a data set of names": tf.data.Dataset.from_tensor_slices({"images": FLOATS}).batch(7),
}


@pytest.mark.parametrize("kind", FINITE)
def test_finite_images(kind):
    source = images_of(FINITE[kind])
    assert (source.count, source.names()) == (7, None)
    for _ in range(2):
        np.testing.assert_array_equal(taken(source, 7), PIXELS)
    np.testing.assert_array_equal(taken(source, 4), PIXELS[:4])
    assert "4" in source.describe(4)
    with refused("7", "8"):
        taken(source, 8)
    assert shape_of(source) == (8, 8, 3)


def test_another_range_of_values():
    zero_one = PIXELS / np.float32(255)
    np.testing.assert_array_equal(taken(images_of(zero_one, value_range=(0, 1)), 7), PIXELS)
    with refused("value_range="):
        images_of(zero_one)


@pytest.mark.parametrize(
    ("given", "value_range"),
    [
        (PIXELS.astype(np.float32), None),
        (PIXELS.astype(np.float32) - 128, None),
        (FLOATS, (0, 1)),
        (PIXELS.astype(np.int64), None),
        (PIXELS > 3, None),
        (PIXELS[0], None),
        (PIXELS.repeat(2, axis=3), None),
        (PIXELS[:0], None),
        (FLOATS * np.nan, None),
    ],
)
def test_arrays_that_are_no_images(given, value_range):
    with refused():
        images_of(given, "reals", value_range=value_range)


def test_a_generator_without_a_last_tanh_may_pass_its_range():
    assert as_bytes(FLOATS * 2.2, "fakes").max() == 255
    bfloat = tf.cast(FLOATS, tf.bfloat16)
    assert np.abs(as_bytes(bfloat, "fakes").astype(int) - PIXELS).max() <= 1


def test_a_keras_model_its_file_and_its_function_make_the_same_images(tmp_path):
    model = generator()
    model.save(tmp_path / "g.keras")
    model.export(tmp_path / "exported", verbose=False)
    source = images_of(model, seed=3, batch=4)
    assert source.count is None
    found = taken(source, 10)
    assert found.shape == (10, 4, 4, 3)
    np.testing.assert_array_equal(taken(source, 6), found[:6])
    assert len(np.unique(found.reshape(10, -1), axis=0)) == 10
    for other in (tmp_path / "g.keras", str(tmp_path / "exported")):
        np.testing.assert_array_equal(taken(images_of(other, seed=3, batch=4), 10), found)
    by_function = images_of(lambda z: model(z).numpy(), z_dim=3, seed=3, batch=4)
    np.testing.assert_array_equal(taken(by_function, 10), found)
    assert (taken(images_of(model, seed=4, batch=4), 10) != found).any()
    assert "seed 3" in source.describe(10)


def test_a_model_sees_latents_of_its_own_shape_and_its_weights_of_now():
    model = keras.Sequential([keras.Input([2, 2, 3]), keras.layers.Conv2D(3, 1, activation="tanh")])
    source = images_of(model)
    assert shape_of(source) == (2, 2, 3)
    before = taken(source, 4)
    model.layers[0].bias.assign([0.5, 0.5, 0.5])
    assert (taken(source, 4) > before).any()


def test_a_model_that_does_not_tell():
    with refused("z_dim"):
        images_of(generator(known=False))
    assert shape_of(images_of(generator(known=False), z_dim=3)) == (4, 4, 3)
    two = keras.Model([a := keras.Input([3]), b := keras.Input([3])], a + b)
    with refused("2"):
        images_of(two)


def test_a_function_of_a_number():
    asked = []

    def function(count):
        asked.append(count)
        return PIXELS[:count]

    source = images_of(function, batch=5)
    np.testing.assert_array_equal(taken(source, 7), np.concatenate([PIXELS[:5], PIXELS[:2]]))
    assert asked == [5, 2]
    with refused("fakes(9", "7"):
        taken(images_of(function, batch=9), 9)
    with refused("7", "9"):
        taken(images_of(lambda z: PIXELS, z_dim=3, batch=9), 9)


def test_a_generator_that_turns_white_is_scored_once_its_range_is_known():
    for options in ({}, {"z_dim": 3}):
        parts = [FLOATS, np.full_like(FLOATS, 9)]
        source = images_of(lambda _, parts=parts: parts.pop(0), batch=7, **options)
        assert taken(source, 14)[7:].min() == 255


def test_pictures_and_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = write(tmp_path / "fakes", PIXELS)
    source = images_of(path)
    assert "pictures of" in source.describe(7)
    assert source.count == 7
    with refused("reals="):
        images_of(path, "reals", like=(16, 16, 3))
    assert shape_of(images_of(path, like=(16, 16, 3), fit=True)) == (16, 16, 3)
    data = dataset(mirror=True)
    assert images_of(data).count == 40
    assert images_of(DataConfig("digits", resolution=16)).count == 1797
    creatures = images_of("creatures:5", like=(16, 16, 1))
    assert (creatures.count, shape_of(creatures)) == (5, (16, 16, 1))
    prepared = open_dataset(DataConfig(str(path))).store
    assert prepared.num_images == 7
    (folder,) = (tmp_path / "cache" / "ada_tf" / "datasets").glob("fakes-*/")
    assert images_of(folder).count == 7


def test_networks_of_ours(tmp_path):
    run = tmp_path / "run"
    save_run(run, channels=1)
    model, config = load_generator(run)
    source = images_of(model, seed=1)
    assert "random noise, seed 1" in source.describe(3)
    found = taken(source, 3)
    np.testing.assert_array_equal(taken(images_of(run, seed=1), 3), found)
    (state,) = (run / "checkpoints").glob("*.index")
    np.testing.assert_array_equal(taken(images_of(state.with_suffix(""), seed=1), 3), found)
    export_saved_model(model, tmp_path / "exported", config)
    assert shape_of(images_of(tmp_path / "exported")) == (16, 16, 1)


def test_a_source_is_given_back():
    source = images_of_array(PIXELS)
    assert images_of(source) is source


@pytest.mark.parametrize(
    "given",
    [
        3,
        "/nowhere/at/all",
        "https://example.org/x",
        "creatures:x",
    ],
)
def test_mistakes(given):
    with refused():
        images_of(given)
