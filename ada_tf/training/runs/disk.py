"""What a run takes on the disk, said before it begins."""

from typing import NamedTuple

from ada_tf.models import count_weights
from ada_tf.models.build import make_discriminator, make_generator
from ada_tf.training.config import RunConfig

BYTES = 4  # of a float32, which all that is saved is in


class Counted(NamedTuple):
    """Numbers that the networks of a run have.

    Attributes:
        generator: all of them, as many as its average has.
        generator_trained: those that are trained.
        discriminator: all of them.
        discriminator_trained: those that are trained.
    """

    generator: int
    generator_trained: int
    discriminator: int
    discriminator_trained: int

    @property
    def state(self) -> int:
        """Numbers of a checkpoint."""
        # Adam has two moments of whatever is trained.
        moments = 2 * (self.generator_trained + self.discriminator_trained)
        return 2 * self.generator + self.discriminator + moments


def count(config: RunConfig) -> Counted:
    """The numbers of the networks, which are built for it."""
    sizes = config.data.shape, config.label_space.label_dim
    networks = (make_generator(config.network, *sizes), make_discriminator(config.network, *sizes))
    return Counted(
        *(count_weights(v) for n in networks for v in (n.variables, n.trainable_variables))
    )


def sizes(config: RunConfig, counted: Counted | None = None) -> tuple[int, int]:
    """(bytes of a checkpoint, bytes of the averaged generator)."""
    counted = counted or count(config)
    return BYTES * counted.state, BYTES * counted.generator


def describe(config: RunConfig, keep: int, counted: Counted | None = None) -> str:
    """Sizes in words.

    Args:
        config: complete.
        keep: how many of the newest checkpoints are kept.
        counted: the networks of it; default built to be counted.
    """
    state, generator = sizes(config, counted)
    each = state if config.snapshots == "state" else generator
    count = int(config.kimg // config.snapshot_kimg)
    text = f"Disk      {keep} checkpoints of {readable(state)} to continue from"
    if not count:
        return text
    text += (
        f", and one for good every {config.snapshot_kimg:g} kimg of {readable(each)}:"
        f" {readable(keep * state + count * each)} after {config.kimg:g} kimg"
    )
    if config.snapshots == "state":
        text += f"; with --snapshots=generator {readable(keep * state + count * generator)}"
    return text


def readable(size: int) -> str:
    """Bytes for people: 7 MB, 1.2 GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 1):.0f} MB"
