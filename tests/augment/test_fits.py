"""The layer fits more code: dictionaries, shared draws, formats of the data, seeds, older weights."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaptiveAugmentation, apply, sample_params
from ada_tf.augment.watch import UseWatch
from tests.sentences import refused

X = np.random.default_rng(0).uniform(-1, 1, [4, 8, 8, 3]).astype(np.float32)
MASKS = np.random.default_rng(1).uniform(0, 1, [4, 8, 8, 5]).astype(np.float32)
SEED = [3, 4]


@pytest.mark.parametrize("name", ["segmentation_masks", "conditions"])
def test_what_belongs_to_the_images_moves_along(name):
    ada = AdaptiveAugmentation(p=0.9, value_range=(0, 1))
    watch = UseWatch.attach(ada)
    scaled = (X + 1.0) / 2.0
    shown = ada({"images": scaled, name: MASKS, "labels": MASKS[:, 0, 0]}, seed=SEED)
    assert sorted(shown) == sorted(["images", name, "labels"])
    np.testing.assert_array_equal(shown["labels"], MASKS[:, 0, 0])
    np.testing.assert_array_equal(shown["images"], ada(scaled, seed=SEED))
    geometry = sample_params(SEED, 4, 0.9, "bg")
    np.testing.assert_allclose(shown[name], apply(MASKS, geometry), atol=1e-6)
    assert np.abs(shown[name] - MASKS).max() > 0.1
    assert watch.read().augmented == 8.0


def test_colours_leave_masks_alone():
    given = {"images": X, "segmentation_masks": MASKS}
    shown = AdaptiveAugmentation("color", p=1.0)(given)
    np.testing.assert_array_equal(shown["segmentation_masks"], MASKS)
    assert np.abs(shown["images"] - X).max() > 0.1
    clean = AdaptiveAugmentation(p=1.0)(given, training=False)
    np.testing.assert_array_equal(clean["images"], X)


@pytest.mark.parametrize(
    "given",
    [
        {"photos": X},
        {"images": X, "segmentation_masks": np.zeros([4, 8, 8, 1], np.int32)},
    ],
)
def test_dictionaries_that_are_refused(given):
    with refused():
        AdaptiveAugmentation().call(given)


def test_a_dictionary_in_a_functional_model():
    channels = {"images": 3, "conditions": 5}
    inputs = {name: tf.keras.Input([8, 8, c], name=name) for name, c in channels.items()}
    x = AdaptiveAugmentation(p=0.9, name="ada")(inputs)
    x = tf.keras.layers.Concatenate()([x["images"], x["conditions"]])
    model = tf.keras.Model(inputs, x)
    given = {"images": X, "conditions": MASKS}
    np.testing.assert_allclose(
        model(given, training=False), np.concatenate([X, MASKS], -1), atol=1e-6
    )
    assert np.abs(model(given, training=True) - np.concatenate([X, MASKS], -1)).max() > 0.1


@pytest.mark.parametrize("jit_compile", [False, True])
def test_same_draws(jit_compile):
    ada = AdaptiveAugmentation(p=0.8)

    @tf.function(jit_compile=jit_compile)
    def step(x):
        with ada.same_draws():
            first, second = ada(x), ada(x)
        return first, second, ada(x)

    first, second, third = step(tf.constant(X))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - third).max() > 0.1
    again, *_ = step(tf.constant(X))
    assert np.abs(first - again).max() > 0.1


def test_channels_first():
    first = AdaptiveAugmentation(p=0.9, data_format="channels_first")
    last = AdaptiveAugmentation(p=0.9, data_format="channels_last")
    shown = first(np.transpose(X, [0, 3, 1, 2]), seed=SEED)
    np.testing.assert_array_equal(np.transpose(shown, [0, 2, 3, 1]), last(X, seed=SEED))
    assert first.get_config()["data_format"] == "channels_first"
    with refused("data_format='NCHW'"):
        AdaptiveAugmentation(data_format="NCHW")


def test_the_format_of_keras_configuration():
    before = tf.keras.backend.image_data_format()
    tf.keras.backend.set_image_data_format("channels_first")
    try:
        assert AdaptiveAugmentation().data_format == "channels_first"
    finally:
        tf.keras.backend.set_image_data_format(before)
    assert AdaptiveAugmentation().data_format == "channels_last"


def test_the_seed_of_keras_decides():
    def made(seed):
        tf.keras.utils.set_random_seed(seed)
        return [AdaptiveAugmentation(seed=None).seed for _ in range(2)]

    assert made(1) == made(1)
    assert len({*made(1), *made(2)}) == 4
    ada = AdaptiveAugmentation(seed=None)
    assert AdaptiveAugmentation.from_config(ada.get_config()).seed == ada.seed


@pytest.mark.parametrize("policy", ["bgc", "color"])
def test_the_configuration_keeps_the_name(policy):
    config = AdaptiveAugmentation(policy).get_config()
    assert config["policy"] == policy
    assert isinstance(AdaptiveAugmentation({"hue": 0.5}).get_config()["policy"], dict)


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_weights_from_before_there_was_ada(tmp_path):
    def discriminator(*first):
        layers = [*first, tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)]
        return tf.keras.Sequential([tf.keras.Input([8, 8, 3]), *layers])

    before = discriminator()
    ada = AdaptiveAugmentation(p=0.25)
    after = discriminator(ada)
    before.save_weights(str(tmp_path / "d.weights.h5"))
    after.load_weights(str(tmp_path / "d.weights.h5"))
    np.testing.assert_array_equal(after(X, training=False), before(X))
    assert float(tf.convert_to_tensor(ada.p)) == 0.25


def test_the_callback_finds_the_layers():
    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first = AdaptiveAugmentation({}, name="a")
            self.discriminator = tf.keras.Sequential(
                [tf.keras.Input([2, 2, 1]), AdaptiveAugmentation({}, name="b")]
            )
            self.built = True

        def train_step(self, images):
            for layer in (self.first, self.discriminator.layers[-1]):
                layer.observe(tf.ones([2, 1]))
            return {"loss": 0.0}

    model = Model()
    model.compile()
    data = tf.data.Dataset.from_tensors(tf.ones([2, 2, 2, 1]))
    callback = AdaCallback(kimg=1, interval=1)
    history = model.fit(data, verbose=0, shuffle=False, callbacks=[callback]).history
    assert history["a_ada_p"] == history["b_ada_p"] == [pytest.approx(0.002)]
    empty = tf.keras.Sequential([tf.keras.Input([2]), tf.keras.layers.Dense(1)])
    empty.compile(loss="mse")
    with refused():
        empty.fit(np.ones([2, 2]), np.ones([2, 1]), verbose=0, callbacks=[AdaCallback()])
