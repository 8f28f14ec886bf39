"""Where a run is. Everything is counted in images, and every random number follows from the count."""

import dataclasses

from ada_tf.ops import random

# Seed streams are this far apart, on the image counter.
STREAM = 2**48


@dataclasses.dataclass
class Clock:
    """The place of a run.

    Attributes:
        images: seen so far, by all replicas together.
        stream: of random numbers and of the order of the data; another one after each failure.
    """

    images: int = 0
    stream: int = 0

    @property
    def moment(self) -> int:
        """What the random numbers of an iteration derive from, with the seed of the run."""
        return self.images + self.stream * STREAM

    def go_to(self, images: int, stream: int) -> None:
        """Another place, as after a checkpoint was read."""
        self.images, self.stream = images, stream


def seed_of(seed: int, purpose: str, *values):
    """The seed of one purpose at one place, int32 [2].

    Args:
        seed: of the run.
        purpose: a name, such as that of a phase: other purposes draw other numbers.
        *values: integers or integer scalar tensors, such as a clock's moment and a part's number.
    """
    found = random.fold_in(random.make_seed(seed), purpose)
    for value in values:
        found = random.fold_in(found, value)
    return found
