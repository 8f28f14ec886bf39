"""Programs in this process, and the pictures that they write."""

import numpy as np
import PIL.Image
from absl import flags


def run(*arguments, program):
    """Run a program, a module of `ada_tf.cli`, with flags of its own."""
    values = flags.FlagValues()
    program.define_flags(values)
    program.main(values(["program", *map(str, arguments)]), values)


def read(path) -> np.ndarray:
    """The pixels of a picture."""
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)
