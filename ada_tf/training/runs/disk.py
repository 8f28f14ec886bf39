"""What a run takes on the disk, said before it begins."""

from ada_tf.models import count_weights
from ada_tf.models.build import make_discriminator, make_generator
from ada_tf.training.config import RunConfig

BYTES = 4  # of a float32, which all that is saved is in


def sizes(config: RunConfig) -> tuple[int, int]:
    """(bytes of a checkpoint, bytes of the averaged generator)."""
    sizes = config.data.shape, config.label_space.label_dim
    generator = make_generator(config.network, *sizes)
    discriminator = make_discriminator(config.network, *sizes)
    weights, average = generator.variables + discriminator.variables, generator.variables
    trained = generator.trainable_variables + discriminator.trainable_variables
    # Adam has two moments of whatever is trained.
    state = count_weights(weights) + count_weights(average) + 2 * count_weights(trained)
    return BYTES * state, BYTES * count_weights(average)


def describe(config: RunConfig, keep: int) -> str:
    """Sizes in words.

    Args:
        config: complete.
        keep: how many of the newest checkpoints are kept.
    """
    state, generator = sizes(config)
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
