"""A picture of the user's, read as training pictures are."""

import numpy as np

from ada_tf.channels import in_words
from ada_tf.data import decode
from ada_tf.data.crop import Fit
from ada_tf.data.sources.listing import MAX_BYTES
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
    try:
        with (
            decode.strict(),
            open_regular(path, MAX_BYTES) as stream,
            decode.open_image(stream) as image,
        ):
            return decode.to_shape(image, shape, fit or Fit(), bits)
    except UserError:
        raise
    except Exception as error:  # PIL's readers raise anything when a file is broken
        raise UserError(
            f"target={printable(path)!r} cannot be read as a picture of {in_words(shape.channels)}"
            f" ({cause(error)}); give a whole one."
        ) from error
