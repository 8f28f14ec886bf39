"""Networks of the explorer as ONNX, and the description that its scripts read.

    mapping    z float32 [N, z_dim] [, labels float32 [N, c_dim]]  -> w float32 [N, w_dim], not truncated
    synthesis  ws float32 [N, num_ws, w_dim] [, noise []]          -> images float32 [N, H, W, C]

Labels are vectors, of classes too, so that classes can be mixed. `noise` multiplies the constant noise.
Truncation, mixing and steering are done in the page.
"""

import numpy as np
import tensorflow as tf

from ada_tf import png
from ada_tf.channels import in_words
from ada_tf.errors import UserError
from ada_tf.images import to_uint8
from ada_tf.interop.export.functions import Function
from ada_tf.interop.export.onnx_file import content_of
from ada_tf.label_space import LabelSpace
from ada_tf.models.label_vectors import latents_of_means
from ada_tf.models.synthesis import SynthesisNetwork
from ada_tf.shape import Shape

_CHECKED = 1000  # numbers of the picture that a page compares with what it makes itself


def check_shown(channels: int) -> None:
    """Refuse pictures that a page cannot show.

    Raises:
        UserError: they are bands.
    """
    if channels > png.MAX_CHANNELS:
        raise UserError(
            f"format='web' shows up to {png.MAX_CHANNELS} channels, where this generator makes"
            f" {in_words(channels)} pictures; use onnx or savedmodel."
        )


def networks(generator, weights: str = "float16") -> dict[str, bytes]:
    """Both networks as ONNX files, by name.

    Args:
        generator: a LatentGenerator.
        weights: "float32" or "float16", of what is stored.

    Raises:
        UserError: the packages are missing.
    """
    return {name: content_of(function, weights) for name, function in _functions(generator).items()}


def arrays(generator, directions=None) -> dict[str, np.ndarray]:
    """The numbers that the page needs beside the networks, by name.

    Args:
        generator: a LatentGenerator.
        directions: name -> something with a `vector` float [w_dim].

    Returns:
        "mean" float32 [w_dim], toward which truncation pulls; "latents" float16 [N, z_dim], over which
        the page takes the means of labels; "directions" float32 [K, w_dim]; "check" uint8 [M], a
        regular choice of the numbers of the picture of the mean.
    """
    found = {"check": _numbers(generator)}
    if generator.w_avg is not None:
        found["mean"] = _mean(generator)
        if generator.c_dim:
            # In halves: it moves a mean over thousands of them by a hundredth of its standard error.
            found["latents"] = latents_of_means(generator).numpy().astype("<f2")
    if directions:
        found["directions"] = np.array([one.vector for one in directions.values()], "<f4")
    return found


def describe(generator, shape: Shape, space: LabelSpace, directions=None) -> dict:
    """Describe a generator for the page, as JSON holds it.

    Args:
        generator: a LatentGenerator.
        shape: of its pictures.
        space: what its labels mean.
        directions: name -> something with a `deviation` and `layers` bool [num_ws].
    """
    return {
        "shape": list(shape.hwc),
        "z_dim": generator.z_dim,
        "w_dim": generator.w_dim,
        "num_ws": generator.num_ws,
        "layers": _sizes(generator),
        "noise": _has_noise(generator),
        "truncates": generator.w_avg is not None,
        "checked": _CHECKED,
        "classes": space.num_classes,
        "class_names": list(space.class_names),
        "attributes": list(space.attributes),
        "ranges": [list(map(float, range_)) for range_ in space.ranges],
        "directions": [
            {
                "name": name,
                "deviation": float(one.deviation),
                "layers": [bool(moved) for moved in one.layers],
            }
            for name, one in (directions or {}).items()
        ],
    }


def _functions(generator) -> dict[str, Function]:
    z = tf.TensorSpec([None, generator.z_dim], name="z")
    labels = tf.TensorSpec([None, generator.c_dim], name="labels")
    ws = tf.TensorSpec([None, generator.num_ws, generator.w_dim], name="ws")
    noise = tf.TensorSpec([], name="noise")

    def mapping(z, labels=None):
        return generator.mapping(z, labels)

    def synthesis(ws, noise=None):
        gain = {} if noise is None else {"noise_gain": noise}
        return generator.synthesis(ws, noise_mode="const", **gain)

    return {
        "mapping": Function(
            mapping, {"z": z, **({"labels": labels} if generator.c_dim else {})}, "w"
        ),
        "synthesis": Function(
            synthesis, {"ws": ws, **({"noise": noise} if _has_noise(generator) else {})}, "images"
        ),
    }


def _has_noise(generator) -> bool:
    """Return True if there is noise that a gain can turn off."""
    network = generator.synthesis
    return isinstance(network, SynthesisNetwork) and network.use_noise


def _sizes(generator) -> list[str]:
    """List for each w the size of the layer that it styles; the last styles an image layer alone."""
    network = generator.synthesis
    if not isinstance(network, SynthesisNetwork):
        return []
    sizes = [conv.size for block in network.blocks for conv in block.convs]
    return [f"{w}x{h}" if w != h else f"{h}" for h, w in [*sizes, sizes[-1]]]


def _mean(generator) -> np.ndarray:
    if generator.w_avg is None:
        return np.zeros([generator.w_dim], "<f4")
    return tf.convert_to_tensor(generator.w_avg).numpy().astype("<f4")


def _numbers(generator) -> np.ndarray:
    ws = generator.broadcast(tf.constant(_mean(generator)[np.newaxis]))
    numbers = to_uint8(generator.synthesis(ws, noise_mode="const")).ravel()
    return numbers[:: max(len(numbers) // _CHECKED, 1)]
