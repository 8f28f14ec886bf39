"""What the Python of a page takes for granted: names that it uses and does not make."""

import types

import keras
import tensorflow as tf

import ada_tf

SIDE = 64  # pixels of the images, as docs/plugin.md has it


def names_of(page: str) -> dict:
    """The names of a page, made for it."""
    return {"ada_tf": ada_tf, "keras": keras, "tf": tf, **MADE.get(page, dict)()}


@keras.saving.register_keras_serializable("tests")
class Critic(keras.layers.Layer):
    """Logits of an image, which may be the last one in a list with other things."""

    def __init__(self, logits=1):
        super().__init__()
        self.weigh = keras.layers.Dense(logits)

    def call(self, inputs):
        given = inputs if isinstance(inputs, list) else [inputs]
        *_, image = (x for x in given if len(x.shape) == 4)
        return self.weigh(tf.reduce_mean(image, axis=[1, 2]))


class Gan(keras.Model):
    """As little of one as the README's lines need, which give it `ada`."""

    def __init__(self):
        super().__init__()
        self.discriminator = Critic()
        self.built = True

    def train_step(self, images):
        output = self.discriminator(self.ada(images))
        self.ada.observe(output)
        return {"output": tf.reduce_mean(output)}


def patches(name: str) -> keras.Model:
    """A discriminator with a layer of ours inside, which has this name."""
    image = keras.Input([SIDE, SIDE, 3])
    return keras.Model(image, Critic()(ada_tf.AdaptiveAugmentation(name=name)(image)))


def photos(count=4) -> tf.Tensor:
    """float32 [count, SIDE, SIDE, 3] in [-1, 1]."""
    return tf.random.stateless_uniform([count, SIDE, SIDE, 3], [1, 2], -1.0, 1.0)


def _of_readme() -> dict:
    gan = Gan()
    gan.compile()
    dataset = tf.data.Dataset.from_tensor_slices(photos(8)).batch(4)
    return {"self": gan, "model": gan, "real_images": photos(), "dataset": dataset}


def _of_methods() -> dict:
    reals, fakes = photos(8), -photos(8)
    return {
        **{"real_images": reals, "fake_images": fakes, "z": tf.ones([8, 2])},
        **{"shown_reals": reals, "shown_fakes": fakes, "D": Critic(), "G": make_image},
        **{"real_output": tf.ones([8, 1]), "fake_output": -tf.ones([8, 1])},
        **{"d_loss": 0.0, "g_loss": 0.0, "gamma": 1.0, "step": 0, "seed": tf.constant([1, 2])},
        **{"images": reals, "batch": len(reals), "orientation": Critic(4)},
        **{"x": reals, "conv": keras.layers.Conv2D(4, 3)},
    }


def make_image(z):
    """A generator."""
    return tf.tanh(photos(len(z)) + tf.reduce_mean(z))


def _of_metrics() -> dict:
    generator, _ = ada_tf.load_generator("runs/00000-photos-tiny")
    dataset = ada_tf.open_dataset(ada_tf.DataConfig("photos", resolution=16))
    return {"model": types.SimpleNamespace(generator_ema=generator), "dataset": dataset}


def _of_plugin() -> dict:
    """For each of its recipes, which are of different GANs."""
    ada, logits = ada_tf.AdaptiveAugmentation(), tf.ones([4, 1])
    discriminator = Critic()
    gan = types.SimpleNamespace(disc_X=patches("ada_X"), disc_Y=patches("ada_Y"))
    outputs = ("real_logits", "fake_logits")
    outputs += tuple(f"disc_{kind}_{domain}" for kind in ("real", "fake") for domain in "xy")
    return {
        **{"ada": ada, "discriminator": discriminator, "self": gan, "layers": keras.layers},
        **{"AdaptiveAugmentation": ada_tf.AdaptiveAugmentation, "AdaCallback": ada_tf.AdaCallback},
        **{"get_discriminator_model": Critic, **dict.fromkeys(outputs, logits)},
        **{"photos": photos(), "labels": photos(), "batch_size": 4, "dataset": [photos()] * 2},
        "train_step": lambda images: ada.observe(discriminator(ada(images))),
    }


MADE = {
    "README.md": _of_readme,
    "docs/methods.md": _of_methods,
    "docs/metrics.md": _of_metrics,
    "docs/plugin.md": _of_plugin,
}
AFRESH = {"README.md", "docs/plugin.md"}  # where a block knows nothing of those before
# Words of a block, and what is run behind it, where it only defines what it is about.
THEN = {"def train_step(images):": "train_step(photos)"}
