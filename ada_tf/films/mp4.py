"""MP4 with H.264, through PyAV."""

import fractions
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np

from ada_tf.errors import UserError
from ada_tf.marked_files import mp4_box

# As good as eyes can tell (lower is better, 23 is x264's default).
_OPTIONS = {"crf": "17"}
_COLOURS = 1  # BT.709, said in the file, since players guess by the size where nothing is said


def check() -> None:
    """Make sure that films can be written.

    Raises:
        UserError: PyAV is missing.
    """
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise UserError(
            "MP4 is written by PyAV, which is not here; pip install 'ada_tf[film]', or give a name"
            " that ends in .webp or .gif."
        ) from error


def write(frames: Iterable[np.ndarray], file: BinaryIO, fps: float, xmp: bytes = b"") -> None:
    """Write a film, which players repeat if they are told to.

    Every second pixel has its own colour and all have their own brightness, as all players take it. Of
    odd sides the last row or column is repeated.

    Args:
        frames: uint8 [H, W, 1 or 3], all of one shape.
        file: empty, can be sought in.
        fps: frames a second.
        xmp: packet of metadata, or none.
    """
    import av

    rate, stream = fractions.Fraction(fps).limit_denominator(1000), None
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        for frame in frames:
            height, width, channels = frame.shape
            if stream is None:
                stream = container.add_stream("libx264", rate, options=_OPTIONS)
                stream.width, stream.height = width + width % 2, height + height % 2
                stream.pix_fmt, stream.codec_context.colorspace = "yuv420p", _COLOURS
            pixels = np.repeat(frame, 3, axis=2) if channels == 1 else frame
            odd = [(0, height % 2), (0, width % 2), (0, 0)]
            picture = av.VideoFrame.from_ndarray(np.pad(pixels, odd, mode="edge"), format="rgb24")
            container.mux(
                stream.encode(picture.reformat(format="yuv420p", dst_colorspace=_COLOURS))
            )
        container.mux(stream.encode(None))
    if xmp:
        file.seek(0, 2)
        file.write(mp4_box(xmp))
