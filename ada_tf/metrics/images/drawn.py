"""Images that are drawn when they are asked for: of any function of latents, or of a number."""

from collections.abc import Callable, Iterator

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.images.arrays import BATCH, as_bytes
from ada_tf.ops import graph, random


class DrawnImages:
    """Images of a function of latents; the same each time, if the function has no chance of its own.

    Args:
        function: float32 [N, *shape], standard normal -> images as `as_bytes` takes them.
        shape: of a latent; an integer is the length of a vector.
        seed: of the latents.
        batch: images at a time.
        name: of the argument, for messages.
        value_range: see `as_bytes`; whether it is right is told by the first batch, since a
            generator may collapse to white later.

    Attributes:
        count: None, they have no end.
        names: None.
    """

    count = names = None

    def __init__(self, function, shape, seed=0, batch=BATCH, name="fakes", value_range=None):
        self.function, self.seed, self.batch = function, seed, batch
        self.shape = [shape] if np.ndim(shape) == 0 else list(shape)
        self._name, self._range, self._sure = name, value_range, False

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """`count` images, uint8 [N, H, W, C] at a time."""
        base = random.make_seed(self.seed)
        for start in range(0, count, self.batch):
            # The same latents as of a Generator or a SavedModel.
            draw = random.fold_in(random.fold_in(base, start), 0)
            z = random.normal(draw, [self.batch, *self.shape])
            images = as_bytes(self.function(z), self._name, self._range, self._sure)
            if len(images) != self.batch:
                raise UserError(
                    f"{self._name} made {len(images)} images of {self.batch} latents; it must make"
                    " one of each."
                )
            self._sure = True
            yield images[: count - start]

    def describe(self, count: int) -> str:
        """The protocol in words."""
        return f"{count} images of normal latents of shape {self.shape}, seed {self.seed}"


class CountedImages:
    """Images of a function of a number, which draws them as it likes: others each time.

    Args:
        function: n -> n images as `as_bytes` takes them.
        batch: images at a time.
        name: of the argument, for messages.
        value_range: see `DrawnImages`.
    """

    count = names = None

    def __init__(self, function: Callable, batch=BATCH, name="fakes", value_range=None):
        self.function, self.batch, self._name = function, batch, name
        self._range, self._sure = value_range, False

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """`count` images, uint8 [N, H, W, C] at a time."""
        for start in range(0, count, self.batch):
            wanted = min(self.batch, count - start)
            images = as_bytes(self.function(wanted), self._name, self._range, self._sure)
            if len(images) != wanted:
                raise UserError(
                    f"{self._name}({wanted}) made {len(images)} images; a function must make as many"
                    " as it is told, or take latents: then give z_dim."
                )
            self._sure = True
            yield images

    def describe(self, count: int) -> str:
        """The protocol in words."""
        return f"{count} images of a function, which draws them as it likes"


def images_of_model(model, z_dim=None, **options) -> DrawnImages:
    """Images of a Keras model of one input, latents.

    Args:
        model: keras.Model or layer, called with training=False.
        z_dim: length or shape of a latent, for models that do not tell.
        options: of `DrawnImages`.

    Raises:
        UserError: the shape of a latent is not known, or the model has several inputs.
    """
    name = options.get("name", "fakes")
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        raise UserError(
            f"{name}: the model {model.name} has {len(inputs)} inputs, where one of latents is"
            " wanted; give a function of latents and z_dim."
        )
    shape = z_dim if z_dim is not None else list(inputs[0].shape[1:]) if inputs else None
    if shape is None or None in np.atleast_1d(shape):
        raise UserError(
            f"{name}: the model {model.name} does not tell how long its latents are; give z_dim."
        )
    return DrawnImages(graph(lambda z: model(z, training=False)), shape, **options)
