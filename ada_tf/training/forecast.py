"""Time, memory and disk space of a run, predicted before it begins.

A prediction divides the counted work of an iteration by the measured speed of this machine. On one
and two CPU cores at 16 to 64 pixels it was off by up to 12 %; it agrees to 6 % with what other means
predict for an H100 (experiments/performance). Once a run trains, its own pace is better: see `time_left`.
"""

import functools
import time
from typing import NamedTuple

import tensorflow as tf

from ada_tf.durations import in_words, two_digits
from ada_tf.models import count_weights
from ada_tf.models.build import make_discriminator, make_generator, work_of
from ada_tf.models.precision import computed_in
from ada_tf.models.sizes import Work
from ada_tf.ops import choice
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.table import Phase, active_phases, active_terms

# ---- Speed of this machine, measured in a second.

# Large enough for the full rate, small enough for a second: side of matrices, count of float32.
_ON_CPU, _ON_GPU = (1024, 2**22), (4096, 2**26)
_REPETITIONS = 5  # the fastest counts: other programs may run meanwhile
_CHAIN = 200  # operations in a row, so that launching the program does not count


class Speed(NamedTuple):
    """Measured speed of the CPU or of one GPU.

    Attributes:
        flops: additions and multiplications a second in a large matrix product.
        bytes: bytes a second, read and written, of an elementwise addition.
        start: seconds to launch an operation on few numbers.
    """

    flops: float
    bytes: float
    start: float


@functools.cache
def measured(precision: str) -> Speed:
    """Measure this machine with matrices of "float32", "float16" or "bfloat16"."""
    # Matrices for the arithmetic, a long vector for the memory, tiny ones for the launches.
    side, count = _ON_GPU if choice.on_gpu() else _ON_CPU
    matrix, numbers = tf.ones([side, side], precision), tf.ones([count])
    return Speed(
        flops=2 * side**3 / _seconds(lambda x: tf.matmul(x, x), matrix),
        bytes=2 * numbers.dtype.size * count / _seconds(lambda x: x + 1.0, numbers),
        start=_seconds(_chain, tf.ones([2])) / _CHAIN,
    )


def _chain(x):
    # Each cumsum waits for the one before, and TensorFlow optimises none of them away.
    for _ in range(_CHAIN):
        x = tf.cumsum(x)
    return x


def _seconds(function, x) -> float:
    """Time a call of a compiled function."""
    compiled, times = tf.function(function, autograph=False), []
    for _ in range(_REPETITIONS + 1):
        begin = time.perf_counter()
        float(tf.reshape(compiled(x), [-1])[0])  # reading a number waits for the device
        times.append(time.perf_counter() - begin)
    return min(times[1:])  # the first call traces


# ---- Seconds for a thousand images.

# Tensor that a loss asks for -> passes of an image through (generator, discriminator). One pass
# forward, one for the gradient of activations, one for that of weights; second derivatives make six
# of it (experiments/performance measured 6.0 and 6.3).
_PASSES = {
    "generator": {
        "fake_logits": (3, 2),
        "real_logits": (0, 1),
        "near_fakes": (3, 0),
        "path_lengths": (6, 0),
    },
    "discriminator": {
        "fake_logits": (1, 3),
        "near_logits": (1, 3),
        "real_gradients": (0, 6),
        "fake_gradients": (1, 6),
        "mixed_gradients": (1, 6),
    },
}
_OTHER_LOGITS = {"generator": (0, 2), "discriminator": (0, 3)}
# Fitted to the CPU measurements and the H100 predictions of experiments/performance:
_TOUCHES = 7  # reads and writes a pass of each number that a convolution writes
# Operations that a layer launches a pass; XLA fuses what follows a convolution on a GPU.
_STARTS_ON_CPU, _STARTS_ON_GPU = 36, 4
# Share of the rate of a large matrix product that convolutions reach.
_CONVOLUTIONS_ON_CPU, _CONVOLUTIONS_ON_GPU = 1.0, 0.75


def seconds_per_kimg(
    config: RunConfig, replicas: int = 1, speed: Speed | None = None
) -> float | None:
    """Predict sec/kimg, which ada-train prints while it trains.

    Args:
        config: complete, as from `preset`.
        replicas: devices that train together; communication is left out.
        speed: of one device; default measured here.

    Returns:
        Seconds for a thousand images; None for a family of networks without a count of its work.

    Raises:
        SettingError: resolution or channels are missing.
    """
    networks = work_of(config.architecture)
    if networks is None:
        return None
    # The format that most products are computed in, on this machine.
    low = computed_in(config.network).products
    speed = speed or measured(low)
    on_gpu = choice.on_gpu()
    share = _CONVOLUTIONS_ON_GPU if on_gpu else _CONVOLUTIONS_ON_CPU
    starts = _STARTS_ON_GPU if on_gpu else _STARTS_ON_CPU
    size = 4 if choice.activations_of(low) == "float32" else 2  # bytes
    work = work_of_image(config, *networks)
    image = work.flops / (share * speed.flops) + _TOUCHES * size * work.values / speed.bytes
    # Each part launches all operations anew.
    parts = config.batch / (config.batch_gpu * replicas)  # gradients are accumulated over them
    launches = parts * starts * work.layers * speed.start
    return 1000 * (image / replicas + launches / config.batch)


def work_of_image(config: RunConfig, generator: Work, discriminator: Work) -> Work:
    """Count the work of an image in an average iteration; `layers` are those of the iteration.

    Args:
        config: says which losses there are, and how often.
        generator: work of one image, once forward.
        discriminator: likewise.
    """
    total = Work(0.0, 0.0, 0)
    for phase in active_phases(config.loss):
        often = 1 / phase.every(config.loss)
        images = often / phase.shrink(config.loss)
        # Of a schedule every term counts that weighs something at some time.
        counts = passes(phase, config.loss)
        for network, count in zip((generator, discriminator), counts, strict=True):
            # Products grow with the images of the phase, launches only with how often it runs.
            total += network.times(count * images, count * often)
    return total


def passes(phase: Phase, loss) -> tuple[int, int]:
    """Count the passes of an image through (generator, discriminator) in a phase."""
    known = _PASSES[phase.network]
    needs = {
        name for term in active_terms(phase, loss) for name in term.needs if isinstance(name, str)
    }
    # Logits come with their gradients.
    needs -= {name.replace("_gradients", "_logits") for name in needs if "_gradients" in name}
    found = [
        known.get(name, _OTHER_LOGITS[phase.network] if name.endswith("_logits") else (0, 0))
        for name in needs
    ]
    return sum(g for g, _ in found), sum(d for _, d in found)


def seconds_of(config: RunConfig, replicas: int = 1, forecast=seconds_per_kimg) -> float | None:
    """Predict the length of a run in seconds; None without a forecast."""
    pace = forecast(config, replicas)
    return None if pace is None else pace * config.kimg


# ---- Memory and disk space.

_FLOAT32 = 4  # bytes; everything that is saved is float32
# Activations kept for the gradients of an image, in units of what the discriminator writes: predicted
# in experiments/performance for a GPU at 64 to 1024 pixels, and about what a CPU took at 64.
_KEPT = 4
# Bytes of the program and its traced phases; measured with small networks.
_PROGRAM_ON_CPU, _PROGRAM_ON_GPU = 1.2e9, 0.0


class WeightCounts(NamedTuple):
    """Numbers of weights; `*_trained` are those that an optimizer moves."""

    generator: int
    generator_trained: int
    discriminator: int
    discriminator_trained: int

    @property
    def trained(self) -> int:
        """Weights that have a gradient."""
        return self.generator_trained + self.discriminator_trained

    @property
    def state(self) -> int:
        """Numbers of a checkpoint: networks, average, and two moments of Adam."""
        return 2 * self.generator + self.discriminator + 2 * self.trained


def count_networks(config: RunConfig) -> WeightCounts:
    """Build the networks and count their weights."""
    sizes = config.data.shape, config.label_space.label_dim
    networks = (make_generator(config.network, *sizes), make_discriminator(config.network, *sizes))
    return WeightCounts(
        *(count_weights(v) for n in networks for v in (n.variables, n.trainable_variables))
    )


def memory_bytes(config: RunConfig, counts: WeightCounts) -> float | None:
    """Predict the memory of a device in training; None for a family without a count of its work."""
    networks = work_of(config.architecture)
    if networks is None:
        return None
    on_gpu = choice.on_gpu()
    _, discriminator = networks
    # Activations on a GPU are float16 in the resolutions that matter.
    activations = config.batch_gpu * discriminator.values * _KEPT * (2 if on_gpu else 4)
    # Networks, average and moments, and the gradients that a checkpoint lacks.
    weights = _FLOAT32 * (counts.state + counts.trained)  # a checkpoint's numbers and gradients
    return weights + activations + (_PROGRAM_ON_GPU if on_gpu else _PROGRAM_ON_CPU)


def disk_line(config: RunConfig, keep: int, counts: WeightCounts) -> str:
    """Describe the disk space of a run.

    Args:
        config: complete.
        keep: number of newest checkpoints that are kept.
        counts: weights of its networks.
    """
    state, generator = _FLOAT32 * counts.state, _FLOAT32 * counts.generator
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


def readable(size: float) -> str:
    """Format bytes for people: 7 MB, 1.2 GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 1):.0f} MB"


def costs(config: RunConfig, keep: int, replicas: int = 1) -> str:
    """Describe networks, memory, time and disk space, a line each; unknown ones are left out.

    Args:
        config: complete.
        keep: number of newest checkpoints that are kept.
        replicas: devices that train together.
    """
    counts = count_networks(config)
    lines = [
        f"Networks  generator {counts.generator_trained:,} weights,"
        f" discriminator {counts.discriminator_trained:,}"
    ]
    memory, seconds = memory_bytes(config, counts), seconds_per_kimg(config, replicas)
    if memory is not None:
        where = " of each GPU" if choice.on_gpu() else ""
        lines.append(f"Memory    about {readable(memory)}{where}, besides the images")
    if seconds is not None:
        lines.append(
            f"Time      about {two_digits(seconds)} sec/kimg on this machine:"
            f" {in_words(seconds * config.kimg)} for {config.kimg:,g} kimg"
        )
    return "\n".join([*lines, disk_line(config, keep, counts)])
