"""Time, memory and disk space of a run: predicted before it begins, measured while it trains."""

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tensorflow as tf

from ada_tf.durations import DAY, in_words, two_digits
from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace
from ada_tf.models import count_weights
from ada_tf.models.build import computed_in, make_discriminator, make_generator, work_of
from ada_tf.models.work import Work
from ada_tf.ops import choice
from ada_tf.shape import MIN_SIDE, Shape
from ada_tf.training.config import RunConfig
from ada_tf.training.consistency import check
from ada_tf.training.iteration.table import Phase, active_phases, active_terms
from ada_tf.training.preset_table import kimg_of
from ada_tf.training.presets import preset

# How fast this machine is, measured in a second: what a forecast of training rests on.

ROUNDS = 5  # of which the fastest counts, as something else may run meanwhile
CHAIN = 200  # operations, so that starting the whole is nothing beside them
# Large enough for the full rate, small enough for a second: sides of matrices, float32 numbers.
ON_CPU, ON_GPU = (1024, 2**22), (4096, 2**26)


class Speed(NamedTuple):
    """Of the processor, or of one GPU.

    Attributes:
        flops: additions and multiplications a second, in a large matrix product.
        bytes: read and written a second, where one number is added to many.
        start: seconds for an operation on few numbers.
    """

    flops: float
    bytes: float
    start: float


@functools.cache
def measured(precision: str) -> Speed:
    """The speed of this machine, with matrices of "float32", "float16" or "bfloat16"."""
    side, count = ON_GPU if choice.on_gpu() else ON_CPU
    matrix, numbers = tf.ones([side, side], precision), tf.ones([count])
    compiled = functools.partial(tf.function, autograph=False)
    return Speed(
        2 * side**3 / _seconds(compiled(lambda x: tf.matmul(x, x)), matrix),
        2 * numbers.dtype.size * count / _seconds(compiled(lambda x: x + 1.0), numbers),
        _seconds(compiled(_chain_of_ops), tf.ones([2])) / CHAIN,
    )


def _chain_of_ops(x):
    """Operations that wait for each other, and none of which TensorFlow leaves out."""
    for _ in range(CHAIN):
        x = tf.cumsum(x)
    return x


def _seconds(function, x) -> float:
    """Of a call, once everything is in place."""
    _wait(function(x))
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        _wait(function(x))
        times.append(time.perf_counter() - begin)
    return min(times)


def _wait(x) -> None:
    """Until the device is done, which is when one of its numbers is here."""
    float(tf.reshape(x, [-1])[0])


# How long training will take here, before anything is built or compiled.
#
# The work of an iteration, counted from the sizes of the networks, divided by the speed of this
# machine, which is measured in a second. Where it was compared, on one and two cores at 16 to 64
# pixels, it was off by up to 12%; what is predicted for an H100 by other means it meets to 6%
# (experiments/performance). Programs beside it make it as slow as they made that second. Once a run is
# under way its own sec/kimg is better.

# How often a picture goes through (generator, discriminator) for a tensor that the losses of a phase
# ask for: once forward, as much for the gradient of what was read, and again for that of weights.
# Second derivatives make six of it (experiments/performance: 6.0 and 6.3).
PASSES = {
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
OTHER_LOGITS = {"generator": (0, 2), "discriminator": (0, 3)}
# Fitted to what experiments/performance has of CPUs and predicts for an H100, where both agree:
TOUCHES = 7  # how often what a convolution writes is read or written in a pass
# Operations that a layer starts in a pass. XLA joins what follows a convolution into few kernels.
STARTS_ON_CPU, STARTS_ON_GPU = 36, 4
# Of the rate of a large matrix product, what convolutions reach.
CONVOLUTIONS_ON_CPU, CONVOLUTIONS_ON_GPU = 1.0, 0.75


def seconds_per_kimg(
    config: RunConfig, replicas: int = 1, speed: Speed | None = None
) -> float | None:
    """A forecast of sec/kimg, which ada-train prints when it trains.

    Args:
        config: complete, as from `preset`.
        replicas: devices that train together; what passes between them is left out.
        speed: of a device; default measured here.

    Returns:
        Seconds for a thousand images; None for a family of networks whose work nobody counted.

    Raises:
        SettingError: resolution or channels are not said.
    """
    networks = work_of(config.architecture)
    if networks is None:
        return None
    computed = computed_in(config.network)
    low = computed.precision if computed.num_low_precision else "float32"
    speed = speed or measured(low)
    gpu = choice.on_gpu()
    reached, starts = (
        (CONVOLUTIONS_ON_GPU, STARTS_ON_GPU) if gpu else (CONVOLUTIONS_ON_CPU, STARTS_ON_CPU)
    )
    size = 4 if choice.activations_of(low) == "float32" else 2
    image = work_of_image(config, *networks)
    each = image.flops / (reached * speed.flops) + TOUCHES * size * image.values / speed.bytes
    parts = config.batch / (config.batch_gpu * replicas)  # gradients are accumulated over them
    start = parts * starts * image.layers * speed.start
    return 1000 * (each / replicas + start / config.batch)


def work_of_image(config: RunConfig, generator: Work, discriminator: Work) -> Work:
    """What an image costs in an iteration, and how many layers the iteration starts.

    Args:
        config: says which losses there are, and how often.
        generator: of a picture, once forward.
        discriminator: likewise.
    """
    total = Work(0.0, 0.0, 0)
    for phase in active_phases(config.loss):
        often = 1 / phase.every(config.loss)
        images = often / phase.shrink(config.loss)
        for network, count in zip(
            (generator, discriminator), passes(phase, config.loss), strict=True
        ):
            total += network.times(count * images, count * often)
    return total


def passes(phase: Phase, loss) -> tuple[int, int]:
    """How often a picture goes through generator and discriminator in a phase."""
    known = PASSES[phase.network]
    needs = {name for term in active_terms(phase, loss) for name in term.needs}
    found = [
        known.get(name, OTHER_LOGITS[phase.network] if name.endswith("_logits") else (0, 0))
        for name in sorted(needs)
    ]
    return sum(g for g, _ in found), sum(d for _, d in found)


# Which run a machine can afford instead of one that takes too long.

LONG = 14 * DAY  # seconds
# Smaller presets, the better pictures first, and the largest side that they are for.
SMALLER = (("medium", 256), ("small", 128), ("tiny", 64))


class Offer(NamedTuple):
    """A run instead of another.

    Attributes:
        flags: of ada-train that differ: name -> value.
        kimg: its length.
        seconds: how long it takes.
    """

    flags: dict[str, str]
    kimg: float
    seconds: float


class Pictures(NamedTuple):
    """What a preset asks of a data set, perhaps of another size than it has."""

    shape: Shape
    bits: int
    label_space: LabelSpace
    num_originals: int


def seconds_of(config: RunConfig, replicas: int = 1, forecast=seconds_per_kimg) -> float | None:
    """How long a run takes here, by a forecast; None if there is none."""
    pace = forecast(config, replicas)
    return None if pace is None else pace * config.kimg


def affordable(
    config: RunConfig, pictures: Pictures, settings, replicas=1, forecast=seconds_per_kimg
) -> Offer | None:
    """What would not take longer than `LONG`: fewer images, else smaller networks, else fewer pixels.

    Args:
        config: of the run that does.
        pictures: as `config` has them.
        settings: those that were given, see `preset`, without data and preset.
        replicas: devices that train together.
        forecast: (config, replicas) -> seconds for a thousand images, or None.

    Returns:
        The first of those, or None if there is none.
    """
    for flags, make in _candidates(config, pictures, settings, replicas):
        try:
            found = make()
            check(found, replicas)
        except UserError:
            continue  # what was given does not go with it
        seconds = seconds_of(found, replicas, forecast)
        if seconds is not None and seconds <= LONG:
            return Offer(flags, found.kimg, seconds)
    return None


def _candidates(config, pictures: Pictures, settings, replicas) -> Iterator[tuple[dict, Callable]]:
    """(flags, function that makes the configuration)."""

    def make(name, size, more=()):
        data = dataclasses.replace(config.data, resolution=size.shape.resolution)
        return preset(
            name, data=data, dataset=size, replicas=replicas, settings={**settings, **dict(more)}
        )

    # If that is more than was asked for, it does not fit either.
    usual = kimg_of(pictures.shape.side, pictures.num_originals)
    yield {"kimg": f"{usual:g}"}, lambda: make(config.preset, pictures, {"kimg": usual})
    for shape in _halved(pictures.shape):
        for name, largest in SMALLER:
            if shape.side <= largest:
                flags = {"preset": name, "resolution": shape.size}
                size = pictures._replace(shape=shape)
                yield flags, functools.partial(make, name, size)


def _halved(shape: Shape) -> Iterator[Shape]:
    """A shape, and those of half the sides, again and again."""
    while True:
        yield shape
        height, width = shape.height // 2, shape.width // 2
        if min(height, width) < MIN_SIDE:
            return
        shape = Shape(height, width, shape.channels)


# How long a run will take, by what it took so far: a pure function of what the watch says.


class Pace(NamedTuple):
    """What training takes here.

    Attributes:
        image: seconds of training an image.
        pictures: seconds between two ticks, in which pictures are made and checkpoints written.
    """

    image: float
    pictures: float = 0.0


class Plan(NamedTuple):
    """Where a run goes.

    Attributes:
        end: in images.
        pictures: images between two times that pictures are made.
        recommended: images after which results are usually good.
    """

    end: int
    pictures: int
    recommended: int


def seconds_between(pace: Pace, plan: Plan, done: int, until: int) -> float:
    """Seconds from `done` images to `until` images, with the pictures in between."""
    stops = (until - 1) // plan.pictures - done // plan.pictures  # those of `until` come after it
    return (until - done) * pace.image + max(stops, 0) * pace.pictures


def time_left(pace: Pace, plan: Plan, done: int) -> str:
    """A line about what is left after `done` images, fewer than all: speed, next pictures, the end."""
    pictures = (done // plan.pictures + 1) * plan.pictures
    goals = [(pictures, "the next pictures")] if pictures < plan.end else []
    if done < plan.recommended < plan.end:
        goals.append((plan.recommended, f"{plan.recommended / 1000:,.10g} kimg, often enough"))
    goals.append((plan.end, f"the end at {plan.end / 1000:,.10g} kimg"))
    left = [
        f"{in_words(seconds_between(pace, plan, done, images))} to {name}" for images, name in goals
    ]
    return f"{two_digits(1 / pace.image)} images a second: about {', '.join(left)}"


# What a run takes on the disk, said before it begins.

BYTES = 4  # of a float32, which all that is saved is in


class NetworkSizes(NamedTuple):
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


def count_networks(config: RunConfig) -> NetworkSizes:
    """The numbers of the networks, which are built for it."""
    sizes = config.data.shape, config.label_space.label_dim
    networks = (make_generator(config.network, *sizes), make_discriminator(config.network, *sizes))
    return NetworkSizes(
        *(count_weights(v) for n in networks for v in (n.variables, n.trainable_variables))
    )


def disk_sizes(config: RunConfig, counted: NetworkSizes | None = None) -> tuple[int, int]:
    """(bytes of a checkpoint, bytes of the averaged generator)."""
    counted = counted or count_networks(config)
    return BYTES * counted.state, BYTES * counted.generator


def describe_disk(config: RunConfig, keep: int, counted: NetworkSizes | None = None) -> str:
    """Sizes in words.

    Args:
        config: complete.
        keep: how many of the newest checkpoints are kept.
        counted: the networks of it; default built to be counted.
    """
    state, generator = disk_sizes(config, counted)
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


# What a run will cost here, said before it begins: weights, memory, hours, and room on the disk.

# Numbers that are kept for the gradients of an image, for each that the discriminator writes: what
# experiments/performance predicts for a GPU at 64 to 1024 pixels, and about what a CPU took at 64.
KEPT = 4
# Of a program with its traced phases, where networks and pictures are small; measured.
PROGRAM_ON_CPU, PROGRAM_ON_GPU = 1.2e9, 0.0


def costs(config: RunConfig, keep: int, replicas: int = 1) -> str:
    """A few lines.

    Args:
        config: complete.
        keep: how many of the newest checkpoints are kept.
        replicas: devices that train together.
    """
    counted = count_networks(config)
    lines = [
        f"Networks  generator {counted.generator_trained:,} weights,"
        f" discriminator {counted.discriminator_trained:,}"
    ]
    memory, seconds = memory_bytes(config, counted), seconds_per_kimg(config, replicas)
    if memory is not None:
        where = " of each GPU" if choice.on_gpu() else ""
        lines.append(f"Memory    about {readable(memory)}{where}, besides the pictures")
    if seconds is not None:
        lines.append(
            f"Time      about {two_digits(seconds)} sec/kimg on this machine:"
            f" {in_words(seconds * config.kimg)} for {config.kimg:,g} kimg"
        )
    return "\n".join([*lines, describe_disk(config, keep, counted)])


def memory_bytes(config: RunConfig, counted: NetworkSizes) -> float | None:
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
    weights = BYTES * (counted.state + trained)
    return weights + activations + (PROGRAM_ON_GPU if gpu else PROGRAM_ON_CPU)
