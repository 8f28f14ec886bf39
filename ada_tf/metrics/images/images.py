"""Images of one side of an evaluation, and how arrays, streams and functions become such images.

The other ways to make `Images`: of a data set (`reals`), of a generator or a SavedModel (`generated`), of
a folder (`pictures`), and of whatever somebody has (`any_images.images_of`).
"""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from ada_tf.channels import RGBA
from ada_tf.errors import UserError
from ada_tf.images import as_shown, to_uint8
from ada_tf.ops import graph, random

BATCH = 32  # images at a time
_SLACK = 0.5  # of the width of the value range: generators without a last tanh pass it
_REMEMBERED = 2**28  # bytes kept: 1,000 images of 256 pixels in colour are 200 MB


@dataclasses.dataclass(frozen=True)
class Images:
    """Images of one side of an evaluation, read or made a batch at a time.

    Attributes:
        name: for messages, such as "fakes" or "generated='photos/'".
        batches: count -> iterator over the first `count` images, uint8 [N, H, W, 1 or 3] at a time.
            The same images each time, unless they are drawn by a function that has no seed.
        describe: count -> the protocol in words.
        count: number of images; None without end.
        shape: (height, width, channels) of the batches; None if no image was made yet, see
            `shape_of`.
        classes: count -> class numbers of the first `count` images, int64 [count]; None without.
        labels: count -> label vectors that the first `count` images were made with, float32
            [count, label_dim]; None without.
        names: () -> names of all images, such as files; None without.
        identity: () -> hash of all pixels, under which statistics are kept; None keeps none.
        dataset: the ImageDataset they come from; None if they do not come from one.
    """

    name: str
    batches: Callable[[int], Iterator[np.ndarray]]
    describe: Callable[[int], str]
    count: int | None = None
    shape: tuple[int, int, int] | None = None
    classes: Callable[[int], np.ndarray | None] = lambda count: None
    labels: Callable[[int], np.ndarray | None] = lambda count: None
    names: Callable[[], list[str] | None] = lambda: None
    identity: Callable[[], str] | None = None
    dataset: object = None


def shape_of(images: Images) -> tuple[int, int, int]:
    """(height, width, channels) of images; the first is made if nobody knows."""
    return images.shape or tuple(next(iter(images.batches(1))).shape[1:])


def remembered(images: Images, most: int = _REMEMBERED) -> Images:
    """The same images, kept in memory after the first pass over them.

    Args:
        images: which give the same images each time.
        most: bytes that are kept; further images are made again.
    """
    kept = []

    def batches(count):
        if count <= sum(map(len, kept)):
            for batch in kept:
                if count <= 0:
                    return
                yield batch[:count]
                count -= len(batch)
            return
        made, size = [], 0
        for batch in images.batches(count):
            yield batch
            size += batch.nbytes
            if size <= most:
                made.append(batch)
        kept[:] = made  # only a pass that came to its end counts

    return dataclasses.replace(images, batches=batches)


def images_of_array(pixels, name="fakes", value_range=None, batch=BATCH) -> Images:
    """Images in memory.

    Args:
        pixels: see `as_bytes`.
        name: of the argument, for messages.
        value_range: see `as_bytes`.
        batch: images at a time.
    """
    pixels = as_bytes(pixels, name, value_range)

    def batches(count):
        check_enough(name, len(pixels), count)
        for start in range(0, count, batch):
            yield pixels[start : min(start + batch, count)]

    return Images(
        name,
        batches,
        lambda count: f"the first {count} of {len(pixels)} images of an array",
        len(pixels),
        tuple(pixels.shape[1:]),
    )


def images_of_stream(dataset, name="fakes", value_range=None) -> Images:
    """Images of a tf.data.Dataset of batches, which is read anew for each pass.

    Args:
        dataset: batches as `as_bytes` takes them, alone, first of a tuple, or as "images" of a
            dictionary. A finite one is read once to count its images.
        name: of the argument, for messages.
        value_range: see `as_bytes`.
    """
    endless = dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    available = None if endless else sum(len(_images_in(element)) for element in dataset)

    def batches(count):
        left = count
        for element in dataset:
            # Each batch is checked: batches of a stream may come from different places.
            yield as_bytes(_images_in(element)[:left], name, value_range)
            left -= min(left, len(_images_in(element)))
            if not left:
                return
        check_enough(name, count - left, count)

    words = lambda count: f"the first {count} images of a tf.data.Dataset"  # noqa: E731
    return Images(name, batches, words, available)


def images_of_latents(
    function, shape, seed=0, batch=BATCH, name="fakes", value_range=None
) -> Images:
    """Images of a function of latents; the same each time if the function draws nothing itself.

    Args:
        function: float32 [N, *shape], standard normal -> images as `as_bytes` takes them.
        shape: of a latent; an integer is the length of a vector.
        seed: of the latents.
        batch: images at a time.
        name: of the argument, for messages.
        value_range: see `as_bytes`.
    """
    shape = [shape] if np.ndim(shape) == 0 else list(shape)
    quantise = _Quantiser(name, value_range)

    def batches(count):
        base = random.make_seed(seed)
        for start in range(0, count, batch):
            # The latents of a Generator or a SavedModel: all are drawn from the same places.
            draw = random.fold_in(random.fold_in(base, start), 0)
            images = quantise(function(random.normal(draw, [batch, *shape])))
            if len(images) != batch:
                raise UserError(
                    f"{name} made {len(images)} images of {batch} latents; it must make one of each."
                )
            yield images[: count - start]

    words = lambda n: f"{n} images of normal latents of shape {shape}, seed {seed}"  # noqa: E731
    return Images(name, batches, words)


def images_of_count(function, batch=BATCH, name="fakes", value_range=None) -> Images:
    """Images of a function of a number, which draws them itself: others each time.

    Args:
        function: n -> n images as `as_bytes` takes them.
        batch: images at a time.
        name: of the argument, for messages.
        value_range: see `as_bytes`.
    """
    quantise = _Quantiser(name, value_range)

    def batches(count):
        for start in range(0, count, batch):
            wanted = min(batch, count - start)
            images = quantise(function(wanted))
            if len(images) != wanted:
                raise UserError(
                    f"{name}({wanted}) made {len(images)} images; a function must make as many as it"
                    " is asked for, or take latents: then give z_dim."
                )
            yield images

    return Images(name, batches, lambda n: f"{n} images of a function, which draws them itself")


def images_of_model(model, z_dim=None, **options) -> Images:
    """Images of a Keras model of one input, latents.

    Args:
        model: keras.Model or layer, called with training=False.
        z_dim: length or shape of a latent, for models that do not tell.
        options: of `images_of_latents`.

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
    return images_of_latents(graph(lambda z: model(z, training=False)), shape, **options)


def as_bytes(images, name: str, value_range=None, sure: bool = False) -> np.ndarray:
    """Images as feature networks are shown them.

    Args:
        images: array or tensor [N, H, W, 1 to 4]; uint8, uint16, or float in `value_range`.
            `as_shown` says what becomes of alpha.
        name: of the argument, for messages.
        value_range: (black, white) of floats. None is (-1, 1), and refuses values that are all
            positive, since they are probably in [0, 1].
        sure: the range is known to be right; values outside of it are clipped.

    Returns:
        uint8 [N, H, W, 1 or 3].

    Raises:
        UserError: they are no such images.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[3] > RGBA or 0 in images.shape:
        raise UserError(f"{name} of shape {list(images.shape)} must be images [N, H, W, 1 to 4].")
    if images.dtype in (np.uint8, np.uint16):
        return as_shown(images)
    if images.dtype.kind != "f" and images.dtype != tf.bfloat16.as_numpy_dtype:
        raise UserError(
            f"{name} of type {images.dtype} must be uint8, uint16, or float in [-1, 1]."
        )
    images = images.astype(np.float32)
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        raise UserError(f"{name} hold NaN or infinity; no metric can be computed.")
    black, white = (-1.0, 1.0) if value_range is None else value_range
    reach = _SLACK * (white - black)
    outside = low < black - reach or high > white + reach
    if not sure and (outside or (value_range is None and low >= 0)):
        raise UserError(
            f"{name} lie in [{low:g}, {high:g}]; floats must span [{black:g}, {white:g}]: give"
            " value_range=(black, white), such as (0, 1), or uint8."
        )
    return as_shown(to_uint8((images - black) * (2 / (white - black)) - 1))


def check_enough(name: str, available: int, wanted: int) -> None:
    """Refuse to take more images than there are.

    Raises:
        UserError: naming both numbers.
    """
    if wanted > available:
        raise UserError(
            f"{name} has {available} images, where {wanted} are asked for; ask for {available} or"
            " fewer."
        )


class _Quantiser:
    """`as_bytes`, whose range is checked by the first batch alone.

    A generator may collapse to white later in its training, which is a score and no mistake.
    """

    def __init__(self, name: str, value_range):
        self._name, self._range, self._sure = name, value_range, False

    def __call__(self, images) -> np.ndarray:
        found = as_bytes(images, self._name, self._range, self._sure)
        self._sure = True
        return found


def _images_in(element):
    """The images of an element of a tf.data.Dataset."""
    if isinstance(element, dict):
        return element["images"]
    return element[0] if isinstance(element, tuple) else element
