"""Programs in this process, and the pictures that they write."""

import numpy as np
import PIL.Image

from ada_tf.cli import _command_line


def run(*arguments, program):
    """Run a program, a module of `ada_tf.cli`, with flags of its own."""
    program.main(flags_of(program, *arguments))


def flags_of(program, *arguments):
    """The parsed flags of a program, a module of `ada_tf.cli`."""
    return _command_line.parse(program.Flags, ["program", *map(str, arguments)])


def read(path) -> np.ndarray:
    """The pixels of a picture."""
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)
