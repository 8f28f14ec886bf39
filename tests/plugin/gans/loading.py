"""Import a GAN of this folder afresh, as a user's script would be run."""

import importlib.util
import pathlib

import tensorflow as tf

FOLDER = pathlib.Path(__file__).parent
NAMES = (
    "dcgan_train_step",
    "wgan_gp",
    "cyclegan",
    "dcgan_function",
    "jit_loop",
    "train_on_batch",
    "conditional",
    "pairs",
)
SIZE = 16


def source(name: str) -> str:
    return (FOLDER / f"{name}.py").read_text()


def load(name: str, strategy=None):
    """Execute the module, its models and layers made under the strategy."""
    spec = importlib.util.spec_from_file_location(f"gan_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    with (strategy or tf.distribute.get_strategy()).scope():
        spec.loader.exec_module(module)
    return module


class Script:
    """One GAN in uniform handling: images to train it on, its discriminators, its augmentations."""

    def __init__(self, name: str, strategy=None, **compile_options):
        self.name = name.removesuffix("_ada")
        self.module = load(name, strategy)
        self.gan = None
        with (strategy or tf.distribute.get_strategy()).scope():
            if hasattr(self.module, "build"):
                self.gan = self.module.build(**compile_options)
            elif self.name == "jit_loop":
                self.gan = self.module.Translator()

    @property
    def images(self):
        channels = 1 if self.name in ("wgan_gp", "dcgan_function", "train_on_batch") else 3
        return tf.random.stateless_uniform([32, SIZE, SIZE, channels], [1, 2], 0.2, 1.0)

    def train(self, epochs=1):
        """Each epoch is 8 batches of 4 images: two steps of p."""
        gan = [] if self.gan is None else [self.gan]
        self.module.train(*gan, self.images, batch_size=4, epochs=epochs)

    @property
    def discriminators(self):
        if self.name == "cyclegan":
            return [self.gan.disc_X, self.gan.disc_Y]
        return [(self.gan or self.module).discriminator]

    @property
    def augmentations(self):
        if self.name == "cyclegan":
            return [d.get_layer("ada") for d in self.discriminators]
        return [self.gan.ada if hasattr(self.gan, "ada") else self.module.ada]

    @property
    def p(self):
        return [float(tf.convert_to_tensor(layer.p)) for layer in self.augmentations]

    def judge_real_images(self, as_real: bool):
        """Force every discriminator to take all real images for real, or for fake."""
        for discriminator in self.discriminators:
            if not discriminator.built:  # subclassed, and without an input that would tell
                discriminator(tf.zeros([1, SIZE, SIZE, 3 + self.module.CLASSES]))
            layers = _weighted_layers(discriminator)
            if self.name == "wgan_gp":
                # No output of a critic is high in itself. This one goes by brightness, or by
                # darkness, and the real images are brighter than the generated ones.
                for layer in layers:
                    kernel, bias = layer.get_weights()
                    layer.set_weights([kernel * 0 + 0.1, bias * 0])
                kernel, bias = layers[-1].get_weights()
                layers[-1].set_weights([kernel if as_real else -kernel, bias])
            else:
                real_is_high = self.name != "dcgan_train_step"
                kernel, bias = layers[-1].get_weights()
                layers[-1].set_weights(
                    [kernel, bias * 0 + (10 if as_real == real_is_high else -10)]
                )


def _weighted_layers(model):
    """Convolutions and dense layers, in order, through nested models."""
    found = []
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found += _weighted_layers(layer)
        elif hasattr(layer, "kernel"):
            found.append(layer)
    return found
