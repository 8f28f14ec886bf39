"""Own pictures into a generator: the latent whose picture comes nearest (arXiv 1912.04958, appendix D)."""

import dataclasses

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference import adam, noise_maps
from ada_tf.inference import projection_schedule as schedule
from ada_tf.inference.generate import synthesize
from ada_tf.inference.names import SPACES
from ada_tf.inference.pixel_pyramid import pixel_pyramid
from ada_tf.inference.starts import Starts
from ada_tf.inference.w_samples import sample_w
from ada_tf.inference.w_statistics import statistics_of
from ada_tf.ops import choice, graph, random
from ada_tf.progress import progress


@dataclasses.dataclass(frozen=True)
class ProjectionConfig:
    """How a latent is looked for; the defaults are those of the paper, but for `starts`.

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
        if self.space not in SPACES:
            raise UserError(f"space={self.space!r:.80} must be one of {', '.join(SPACES)}.")
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
        self._generator = generator.in_float32()
        self._embed, self._batch = embed, batch
        self.config = config or ProjectionConfig()
        samples = sample_w(generator, labels=label)
        self._statistics = statistics_of(samples)
        self._starts = Starts(self._generator, samples, self.config.starts)
        self._seed = random.make_seed(self.config.seed)
        self._step = graph(self._one_step, choice.on_gpu())

    def __call__(self, targets, doing="projecting") -> np.ndarray:
        """As `project`; `doing` is what the progress is called."""
        targets = np.asarray(targets, np.float32)
        if targets.ndim != 4 or targets.shape[1:] != self._generator.synthesis.shape.hwc:
            raise UserError(
                f"targets of shape {list(targets.shape)} must be [N,"
                f" {', '.join(map(str, self._generator.synthesis.shape.hwc))}]."
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
        """Where the tries for each target begin, [N, tries, w_dim]; at the mean there is but one."""
        if len(self._starts):
            return self._starts.nearest(targets, self.config.tries)
        mean = self._statistics.mean
        return np.broadcast_to(mean, [len(targets), 1, len(mean)])

    def _optimise(self, w, wanted, doing) -> np.ndarray:
        """Latents [M, num_ws, w_dim], from w [M, 1, w_dim], of pictures embedded as `wanted`."""
        config = self.config
        layers = self._generator.num_ws if config.space == "w+" else 1
        # Random ones, as of the paper, would leave w to be seen with others than it was found with.
        maps = noise_maps.own_maps(self._generator.synthesis)
        state = [tf.constant(np.repeat(w, layers, axis=1))]
        state += [tf.repeat(noise, len(w), axis=0) for noise in maps]
        moments = adam.start(state)
        with progress(config.steps, doing, "step") as bar:
            for number in range(config.steps):
                t = number / config.steps
                rate = schedule.learning_rate(t, config.learning_rate)
                jitter = schedule.noise_of_w(t, self._statistics.deviation)
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
                loss += self.config.noise_weight * tf.reduce_sum(noise_maps.autocorrelation(noises))
        gradients = tape.gradient(loss, state)
        done = tf.cast(number + 1, tf.float32)
        changes, moments = adam.update(gradients, moments, done, rate)
        w, *noises = [value - change for value, change in zip(state, changes, strict=True)]
        return [w, *map(noise_maps.whitened, noises)], moments

    def _layers(self, w):
        """Latents of all layers: [N, 1 or num_ws, w_dim] -> [N, num_ws, w_dim]."""
        return tf.repeat(w, self._generator.num_ws, axis=1) if w.shape[1] == 1 else w
