"""Own pictures into a generator: the latent whose picture comes nearest (arXiv 1912.04958, appendix D)."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference.generate import render, synthesize
from ada_tf.inference.latents import PROJECTION_SPACES
from ada_tf.inference.noise_maps import autocorrelation, own_maps, whitened
from ada_tf.inference.picture_distance import pixel_pyramid
from ada_tf.inference.w_samples import sample_w, statistics_of
from ada_tf.models.latent_generator import check_generator
from ada_tf.ops import choice, graph, random
from ada_tf.progress import progress

# Adam as a pure function (arXiv 1412.6980, algorithm 1): state in, state out.

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


def adam_start(parameters) -> list:
    """First and second moments of parameters, nothing yet: a pair of zeros for each."""
    return [(tf.zeros_like(p), tf.zeros_like(p)) for p in parameters]


def adam_update(gradients, moments, step, learning_rate):
    """Return the step to subtract from parameters, and the next moments.

    Args:
        gradients: list of tensors.
        moments: of `start`, or of the step before.
        step: scalar float32 tensor, 1 for the first.
        learning_rate: scalar.

    Returns:
        list of tensors, list of pairs.
    """
    first, second = _BETAS
    changes, found = [], []
    for gradient, (mean, square) in zip(gradients, moments, strict=True):
        mean = first * mean + (1 - first) * gradient
        square = second * square + (1 - second) * tf.square(gradient)
        unbiased = mean / (1 - first**step)
        deviation = tf.sqrt(square / (1 - second**step)) + _EPSILON
        changes.append(learning_rate * unbiased / deviation)
        found.append((mean, square))
    return changes, found


# Schedules of a projection (arXiv 1912.04958, appendix D).

_RAMP_UP, _RAMP_DOWN = 0.05, 0.25  # parts of the steps
_NOISE_PART = 0.75  # of the steps, in which w is jittered
_NOISE = 0.05  # of the deviation of w, at the start


def learning_rate(t: float, base: float) -> float:
    """Rises for the first twentieth, falls as a cosine over the last quarter.

    Args:
        t: steps done, 0 to 1 of all.
        base: in between.
    """
    down = min(1.0, (1 - t) / _RAMP_DOWN)
    return base * (0.5 - 0.5 * math.cos(math.pi * down)) * min(1.0, t / _RAMP_UP)


def noise_of_w(t: float, deviation: float) -> float:
    """Standard deviation of what is added to w, so that the search does not stay where it begins.

    Args:
        t: steps done, 0 to 1 of all.
        deviation: of w, see `w_statistics.WStatistics`.
    """
    return deviation * _NOISE * max(0.0, 1 - t / _NOISE_PART) ** 2


# Start of the search: the random latent whose picture is nearest.
#
# From the mean of w the search now and then ends in a picture of another colour or pose; see
# experiments/projection for how often.

SIDE = 16  # pixels, about, of what is compared
_MOST, _LEAST, _PIXELS = 10_000, 100, 10_000 * 64 * 64
_BATCH = 64


def image_shape(generator) -> tuple[int, int, int]:
    """(height, width, channels) of the images of a generator, by making one: families need not say it."""
    ws = tf.zeros([1, generator.num_ws, generator.w_dim])
    return tuple(generator.synthesis(ws, noise_mode="none").shape[1:])


def affordable(height: int, width: int) -> int:
    """Return the number of random pictures to look at: 10,000 up to 64x64 pixels, fewer of larger ones."""
    return int(np.clip(_PIXELS // (height * width), _LEAST, _MOST))


def thumbnails(images) -> np.ndarray:
    """Pictures as they are compared: float32 [N, H, W, C] -> [N, D], of about `SIDE` pixels a side."""
    images = tf.convert_to_tensor(images)
    while min(images.shape[1:3]) >= 2 * SIDE:
        images = tf.nn.avg_pool2d(images, 2, 2, "VALID")
    return pixel_pyramid(images).numpy()


class Starts:
    """Random latents and their pictures, small.

    Args:
        generator: a LatentGenerator.
        ws: float32 [N, w_dim].
        count: the first so many are looked at; None is `affordable`.
    """

    def __init__(self, generator, ws: np.ndarray, count: int | None = None):
        self._ws = ws[: affordable(*image_shape(generator)[:2]) if count is None else count]
        shape = [len(self), generator.num_ws, generator.w_dim]
        parts, layers = [], np.broadcast_to(self._ws[:, np.newaxis], shape)
        with progress(len(self), "looking for starts") as bar:
            for images in render(generator, layers, batch=_BATCH) if len(self) else ():
                parts.append(thumbnails(images))
                bar.update(len(images))
        self._thumbnails = np.concatenate(parts) if parts else None

    def __len__(self):
        return len(self._ws)

    def nearest(self, targets, count: int = 1) -> np.ndarray:
        """The w, float32 [N, count, w_dim], whose pictures are nearest to float32 [N, H, W, C]."""
        wanted = thumbnails(targets)
        distances = [np.sum((self._thumbnails - one) ** 2, axis=1) for one in wanted]
        order = np.argsort(distances, axis=1, kind="stable")
        return self._ws[order[:, np.arange(count) % len(self)]]


@dataclasses.dataclass(frozen=True)
class ProjectionConfig:
    """Settings of the search for a latent; all defaults but `starts` are the paper's.

    Noise maps begin as the generator's own, which latents are shown with, where the paper draws them.

    Attributes:
        space: "w", one latent for all layers; or "w+", one for each, which comes nearer and is worse
            to edit (arXiv 1904.03189).
        steps: of the optimiser.
        learning_rate: at its highest, see `projection_schedule`.
        noise_weight: of the regularisation of noise maps.
        starts: random latents of which the search begins at the one whose picture is nearest; 0
            begins at the mean of w, as the paper does; None is `starts.affordable`.
        tries: searches for each picture, from as many of the nearest starts; the best is kept.
        seed: of what is added to w.

    Raises:
        UserError: a number is outside of what is possible.
    """

    space: str = "w"
    steps: int = 1000
    learning_rate: float = 0.1
    noise_weight: float = 1e5
    starts: int | None = None
    tries: int = 4
    seed: int = 0

    def __post_init__(self):
        if self.space not in PROJECTION_SPACES:
            raise UserError(
                f"space={self.space!r:.80} must be one of {', '.join(PROJECTION_SPACES)}."
            )
        if self.steps < 1:
            raise UserError(f"steps={self.steps} must be at least 1.")
        for name in ("learning_rate", "noise_weight"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise UserError(f"{name}={value} must be 0 or more.")
        if self.tries < 1:
            raise UserError(f"tries={self.tries} must be at least 1.")
        if self.starts is not None and self.starts < 0:
            raise UserError(f"starts={self.starts} must be 0 or more.")


def project(generator, targets, embed=pixel_pyramid, *, label=None, config=None) -> np.ndarray:
    """The intermediate latents of pictures of one's own.

    Args:
        generator: a LatentGenerator.
        targets: float [N, H, W, C] in [-1, 1], of the shape that the generator makes.
        embed: who says how far pictures are apart: float32 [N, H, W, C] -> [N, D], of which
            squared distances are taken; `ada_tf.metrics.perceptual` has others.
        label: of all of them; needed by a conditional generator, see `generate`.
        config: a `ProjectionConfig`.

    Returns:
        float32 [N, num_ws, w_dim], for `synthesize`. Its pictures are made with the generator's own
        noise: the optimised noise maps only keep w from having to explain noise.

    Raises:
        UserError: targets are of another shape, a label is missing, or the search has failed.
    """
    return Projector(generator, embed, label=label, config=config)(targets)


class Projector:
    """`project` for many pictures: what does not depend on them is made once, and compiled once.

    Args:
        generator: see `project`.
        embed: see `project`.
        label: see `project`.
        config: see `project`.
        batch: pictures at a time.
    """

    def __init__(self, generator, embed=pixel_pyramid, *, label=None, config=None, batch=None):
        check_generator(generator)
        self._generator = generator.in_float32()
        self._embed, self._batch = embed, batch
        self.config = config or ProjectionConfig()
        samples = sample_w(generator, labels=label)
        self._statistics = statistics_of(samples)
        self._shape = image_shape(self._generator)
        self._starts = Starts(self._generator, samples, self.config.starts)
        self._seed = random.make_seed(self.config.seed)
        self._step = graph(self._one_step, choice.on_gpu())

    def __call__(self, targets, doing="projecting") -> np.ndarray:
        """As `project`; `doing` is what the progress is called."""
        targets = np.asarray(targets, np.float32)
        if targets.ndim != 4 or targets.shape[1:] != self._shape:
            raise UserError(
                f"targets of shape {list(targets.shape)} must be [N, {', '.join(map(str, self._shape))}]."
            )
        size = self._batch or len(targets)
        parts = []
        for start in range(0, len(targets), size):
            part = targets[start : start + size]
            # All batches have one size, so that one program serves them all.
            padded = np.pad(part, [(0, size - len(part)), (0, 0), (0, 0), (0, 0)], mode="edge")
            parts.append(self._search(padded, doing)[: len(part)])
        return np.concatenate(parts)

    def _search(self, targets, doing) -> np.ndarray:
        """The best of all tries for each target, [N, num_ws, w_dim]."""
        begins = self._begins(targets)  # [N, tries, w_dim]
        count, tries, width = begins.shape
        repeated = tf.constant(np.repeat(targets, tries, axis=0))
        found = self._optimise(begins.reshape(-1, 1, width), self._embed(repeated), doing)
        if not np.isfinite(found).all():
            raise UserError(
                f"learning_rate={self.config.learning_rate} ends in latents that are not finite; give"
                " a smaller one."
            )
        shown = synthesize(self._generator, found)
        missed = self._embed(tf.constant(shown)) - self._embed(repeated)
        distances = tf.reduce_sum(tf.square(missed), axis=1).numpy().reshape(count, tries)
        found = found.reshape(count, tries, *found.shape[1:])
        return found[np.arange(count), np.argmin(distances, axis=1)]

    def _begins(self, targets) -> np.ndarray:
        """Return the starts of the tries for each target, [N, tries, w_dim]; one try starts at the mean."""
        if len(self._starts):
            return self._starts.nearest(targets, self.config.tries)
        mean = self._statistics.mean
        return np.broadcast_to(mean, [len(targets), 1, len(mean)])

    def _optimise(self, w, wanted, doing) -> np.ndarray:
        """Latents [M, num_ws, w_dim], from w [M, 1, w_dim], of pictures embedded as `wanted`."""
        config = self.config
        layers = self._generator.num_ws if config.space == "w+" else 1
        # Random ones, as of the paper, would leave w to be seen with others than it was found with.
        maps = own_maps(self._generator.synthesis)
        state = [tf.constant(np.repeat(w, layers, axis=1))]
        state += [tf.repeat(noise, len(w), axis=0) for noise in maps]
        moments = adam_start(state)
        with progress(config.steps, doing, "step") as bar:
            for number in range(config.steps):
                t = number / config.steps
                rate = learning_rate(t, config.learning_rate)
                jitter = noise_of_w(t, self._statistics.deviation)
                state, moments = self._step(
                    state, moments, wanted, *map(tf.constant, (number, rate, jitter))
                )
                bar.update(1)
        return self._layers(state[0]).numpy()

    def _one_step(self, state, moments, wanted, number, rate, jitter):
        """One step of Adam for latents and noise maps, `state`, of pictures embedded as `wanted`."""
        # All pictures get the same, so that a picture is projected alike alone and beside others.
        seed = random.fold_in(random.fold_in(self._seed, "w"), number)
        moved = jitter * random.normal(seed, [1, *state[0].shape[1:]])
        with tf.GradientTape() as tape:
            tape.watch(state)
            w, *noises = state
            options = {"noises": noises} if noises else {}
            images = self._generator.synthesis(
                self._layers(w + moved), noise_mode="const", **options
            )
            loss = tf.reduce_sum(tf.square(self._embed(images) - wanted))
            if noises:
                loss += self.config.noise_weight * tf.reduce_sum(autocorrelation(noises))
        gradients = tape.gradient(loss, state)
        done = tf.cast(number + 1, tf.float32)
        changes, moments = adam_update(gradients, moments, done, rate)
        w, *noises = [value - change for value, change in zip(state, changes, strict=True)]
        return [w, *map(whitened, noises)], moments

    def _layers(self, w):
        """Latents of all layers: [N, 1 or num_ws, w_dim] -> [N, num_ws, w_dim]."""
        return tf.repeat(w, self._generator.num_ws, axis=1) if w.shape[1] == 1 else w
