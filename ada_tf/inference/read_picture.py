"""A picture of the user's, read as training pictures are."""

import functools

import numpy as np

from ada_tf.channels import in_words
from ada_tf.data import decode
from ada_tf.data.crop import Fit
from ada_tf.data.decoding import Decoders, Failed
from ada_tf.data.sources.source import MAX_BYTES, Entry
from ada_tf.errors import UserError
from ada_tf.files import cause, check_local, open_regular, printable
from ada_tf.shape import Shape


def read_picture(path, shape: Shape, fit: Fit | None = None, bits: int = 8) -> np.ndarray:
    """The pixels of a picture, in a shape.

    Args:
        path: of any file that trains; see docs/pictures.md.
        shape: of the result.
        fit: how it comes to it; None is the largest part around the centre.
        bits: of the result, 8 or 16.

    Returns:
        uint8 or uint16 [H, W, channels].

    Raises:
        UserError: it cannot be read.
    """
    check_local("target", path)
    entry = Entry(str(path), None, functools.partial(open_regular, path, MAX_BYTES), path=path)
    look = functools.partial(_pixels, shape=shape, fit=fit or Fit(), bits=bits)
    with Decoders(pictures=1) as decoders:
        ((_, pixels),) = decoders.each(look, [entry])
    if isinstance(pixels, Failed):
        raise UserError(
            f"target={printable(path)!r} cannot be read as a picture of {in_words(shape.channels)}"
            f" ({cause(ValueError(pixels.why))}); give a whole one."
        )
    return pixels


def _pixels(stream, taken, shape: Shape, fit: Fit, bits: int) -> np.ndarray:
    with decode.open_image(stream) as image:
        return decode.to_shape(image, shape, fit, bits)
