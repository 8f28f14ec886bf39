"""Place of a run, counted in images; every random number follows from it."""

import dataclasses

from ada_tf.ops import random

# Distance of two seed streams on the image counter: no run is longer.
STREAM = 2**48


@dataclasses.dataclass
class Clock:
    """Place of a run.

    Attributes:
        images: seen so far, by all replicas together.
        stream: of random numbers and of the order of the data. Each failure moves on to the next one,
            so that the same numbers do not end the run again.
    """

    images: int = 0
    stream: int = 0

    @property
    def moment(self) -> int:
        """Number from which an iteration draws, together with the seed of the run."""
        # One number of up to 64 bits; `fold_in` takes in all of them.
        return self.images + self.stream * STREAM

    def go_to(self, images: int, stream: int) -> None:
        """Move to another place, as after a checkpoint was read."""
        self.images, self.stream = images, stream


def seed_of(seed: int, purpose: str, *values):
    """Seed of one purpose at one place, int32 [2].

    Args:
        seed: of the run.
        purpose: a name, such as that of a phase; each purpose draws numbers of its own.
        *values: integers or integer scalar tensors, such as a clock's moment and a part's number.
    """
    found = random.fold_in(random.make_seed(seed), purpose)
    for value in values:
        found = random.fold_in(found, value)
    return found
