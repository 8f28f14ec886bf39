"""How long training will take here, before anything is built or compiled.

The work of an iteration, counted from the sizes of the networks, divided by the speed of this
machine, which is measured in a second. Where it was compared, on one and two cores at 16 to 64
pixels, it was off by up to 12%; what is predicted for an H100 by other means it meets to 6%
(docs/performance.md). Programs beside it make it as slow as they made that second. Once a run is
under way its own sec/kimg is better.
"""

from ada_tf.models.build import computed_in, work_of
from ada_tf.models.work import Work
from ada_tf.ops import choice
from ada_tf.ops.speed import Speed, measured
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.table import Phase, active_phases, active_terms

# How often a picture goes through (generator, discriminator) for a tensor that the losses of a phase
# ask for: once forward, as much for the gradient of what was read, and again for that of weights.
# Second derivatives make six of it (docs/performance.md: 6.0 and 6.3).
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
# Fitted to what docs/performance.md has of CPUs and predicts for an H100, where both agree:
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
    needs = {
        name for term in active_terms(phase, loss) for name in term.needs if isinstance(name, str)
    }
    found = [
        known.get(name, OTHER_LOGITS[phase.network] if name.endswith("_logits") else (0, 0))
        for name in sorted(needs)
    ]
    return sum(g for g, _ in found), sum(d for _, d in found)
