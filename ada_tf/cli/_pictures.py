"""Images that programs render and write. Imports nothing heavy, as `_program`."""

import contextlib
import pathlib
from collections.abc import Iterator

from ada_tf.channels import are_bands
from ada_tf.errors import UserError
from ada_tf.files import writing
from ada_tf.marking import ANY, Mark

FORMATS = ("png", "png16", "npy")
SELF_CHECK = "self_check"  # folder of ada-project for a picture of the generator's own
GRID = "grid.png"  # file with all images of a folder


def ending_of(kind: str) -> str:
    """Ending of the files of one of `FORMATS`."""
    return kind[:3]


def writer_of(kind: str, channels: int, bits: int):
    """A function (float image in [-1, 1], path, mark) that writes a file; arrays hold no mark.

    Args:
        kind: of FORMATS.
        channels: of the images.
        bits: of those that the generator learnt from.

    Raises:
        UserError: files of the kind cannot hold them.
    """
    from ada_tf.images import TO_BITS, save_npy, save_png

    if are_bands(channels) and kind != "npy":
        raise UserError(
            f"format={kind!r} holds up to 4 channels, where this generator makes {channels}; give"
            " --format=npy."
        )
    quantised = TO_BITS[{"png": 8, "png16": 16, "npy": bits}[kind]]

    def write(image, path, mark: Mark | None):
        with writing(path):
            if kind == "npy":
                save_npy(quantised(image), path)
            else:
                save_png(quantised(image), path, mark)

    return write


@contextlib.contextmanager
def grid_of(outdir: pathlib.Path, count: int, columns: int, mark: Mark | None = ANY):
    """A function that adds images to the grid of a folder; see `ada_tf.images.growing_grid`."""
    from ada_tf.images import growing_grid

    path = outdir / GRID
    with contextlib.ExitStack() as stack:
        with writing(path):
            grow = stack.enter_context(growing_grid(path, count, columns, mark))

        def add(images):
            with writing(path):
                grow(images)

        yield add  # errors of rendering are no errors of writing
        with writing(path):
            stack.close()


def watched(batches, count: int, trunc: float, doing: str = "images") -> Iterator:
    """Batches of rendered images, with progress.

    Args:
        batches: of float [N, H, W, C], as `render` gives them.
        count: of all images.
        trunc: truncation psi of the images, for messages.
        doing: name of the progress.

    Raises:
        UserError: there are images that are not finite.
    """
    import numpy as np

    from ada_tf.progress import progress

    with progress(count, doing) as bar:
        for images in batches:
            if not np.isfinite(images).all():
                raise UserError(
                    f"trunc={trunc} makes images that are not finite; give a number nearer to 1."
                    if trunc != 1
                    else "These latents make images that are not finite; give some nearer to those of"
                    " seeds."
                )
            yield images
            bar.update(len(images))
