"""What a run will cost here, said before it begins: weights, memory, hours, and room on the disk."""

from ada_tf.durations import in_words, two_digits
from ada_tf.models.build import work_of
from ada_tf.ops import choice
from ada_tf.training.config import RunConfig
from ada_tf.training.forecast import seconds_per_kimg
from ada_tf.training.runs import disk

# Numbers that are kept for the gradients of an image, for each that the discriminator writes: what
# docs/performance.md predicts for a GPU at 64 to 1024 pixels, and about what a CPU took at 64.
KEPT = 4
# Of a program with its traced phases, where networks and pictures are small; measured.
PROGRAM_ON_CPU, PROGRAM_ON_GPU = 1.2e9, 0.0


def describe(config: RunConfig, keep: int, replicas: int = 1) -> str:
    """A few lines.

    Args:
        config: complete.
        keep: how many of the newest checkpoints are kept.
        replicas: devices that train together.
    """
    counted = disk.count(config)
    lines = [
        f"Networks  generator {counted.generator_trained:,} weights,"
        f" discriminator {counted.discriminator_trained:,}"
    ]
    memory, seconds = memory_bytes(config, counted), seconds_per_kimg(config, replicas)
    if memory is not None:
        where = " of each GPU" if choice.on_gpu() else ""
        lines.append(f"Memory    about {disk.readable(memory)}{where}, besides the pictures")
    if seconds is not None:
        lines.append(
            f"Time      about {two_digits(seconds)} sec/kimg on this machine:"
            f" {in_words(seconds * config.kimg)} for {config.kimg:,g} kimg"
        )
    return "\n".join([*lines, disk.describe(config, keep, counted)])


def memory_bytes(config: RunConfig, counted: disk.Counted) -> float | None:
    """Of a device while it trains; None for a family of networks whose work nobody counted."""
    networks = work_of(config.architecture)
    if networks is None:
        return None
    gpu = choice.on_gpu()
    _, discriminator = networks
    # Activations of a GPU are float16 in the resolutions that matter.
    activations = config.batch_gpu * discriminator.values * KEPT * (2 if gpu else 4)
    # Beside what a checkpoint holds there are the gradients.
    trained = counted.generator_trained + counted.discriminator_trained
    weights = disk.BYTES * (counted.state + trained)
    return weights + activations + (PROGRAM_ON_GPU if gpu else PROGRAM_ON_CPU)
