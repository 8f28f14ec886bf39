"""Inputs of the losses of a phase: each tensor is made when a loss first asks for it, by name.

The generator's tensors are z, w, ws, fakes, near_fakes and path_lengths. The discriminator's are
called <images>_<output>, such as fake_logits:

    images   fake           generated
             real           of the batch; with pseudo-reals (APA) fakes stand in for some of them
             near           generated from latents near those of `fake`
             mixed          on lines from reals to fakes
    output   logits         D(A(x)), [N, ...], of augmented images
             gradients      of the sum of logits, with respect to x before its augmentation, [N, H, W, C]
             moved_logits   logits of the same augmented images, moved once more, [N, ...]
             rotations      logits over the four rotations of augmented images, [4 N, 4]

The discriminator sees augmented images only, real and generated, in every loss.
"""

import enum
import functools
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.augment.methods import moved
from ada_tf.errors import UserError
from ada_tf.models.label_vectors import label_vectors
from ada_tf.models.methods import rotations
from ada_tf.ops import random
from ada_tf.ops.pixels import to_signed
from ada_tf.training.iteration import losses

_IMAGES = ("fake", "real", "near", "mixed")
_OUTPUTS = ("logits", "gradients", "moved_logits", "rotations")
_TENSORS = ("z", "w", "ws", "fakes", "near_fakes", "path_lengths", "fake_labels")


class Draw(str, enum.Enum):
    """Purposes of random draws. Their names are folded into the seed, so the order is free."""

    Z = "z"
    LABELS = "labels"
    MIX_Z = "mixed z"
    MIX_CUTOFF = "mixing cutoff"
    MIX_CHANCE = "mixing chance"
    NOISE = "noise"
    AUGMENT_FAKE = "augmentation of fakes"
    AUGMENT_REAL = "augmentation of reals"
    AUGMENT_MIXED = "augmentation of points between"
    PSEUDO = "pseudo reals"
    BETWEEN = "points between"
    MOVED_FAKE = "moves of fakes"
    MOVED_REAL = "moves of reals"
    NEAR = "nearby z"
    PATH = "path length"


class Networks(NamedTuple):
    """Networks and functions of a run that phases compute with.

    Attributes:
        generator: see `ada_tf.models.LatentGenerator`.
        discriminator: (images, labels) -> logits [N, ...]. With an attribute `adaptive` that is true it
            is called as (images, labels, p=p, seed=seed); with a method `advance`, that is called
            after each step of its weights and moves what it keeps beside them.
        augment: (images, seed) -> images.
        label_source: share of each class, float32 [c_dim], or label vectors of all images, float32
            [n, c_dim], from which labels of fakes are drawn; None without labels.
        means: name -> variable, running means that losses compare with.
        pseudo_reals: (reals, fakes, seed) -> shown reals, each a nest of images and perhaps labels;
            None shows the discriminator the reals alone.
        p: variable that an adaptive discriminator follows; None for any other.
    """

    generator: object
    discriminator: object
    augment: Callable
    label_source: tf.Tensor | None
    means: dict
    pseudo_reals: Callable | None = None
    p: object = None


class Inputs:
    """Tensors of one phase by name: `inputs["fake_logits"]`, `inputs["ws"]`.

    Args:
        networks: of the run.
        loss: settings of LossConfig as attributes, tensors of those that are scheduled.
        trains: "generator" or "discriminator"; the other network is a constant.
        needs: names of all tensors that will be asked for.
        images: the reals, float32 [N, H, W, C] in [-1, 1].
        labels: vectors of the reals, [N, c_dim], or None.
        count: number of fakes.
        seed: int32 [2], of all draws.
    """

    def __init__(self, networks, loss, trains, needs, images, labels, count, seed):
        self._networks, self._loss, self._trains, self._needs = networks, loss, trains, needs
        self._images, self._labels, self._count, self._seed = images, labels, count, seed
        self._verdicts = {}  # images -> (logits, gradients or None)

    def __getitem__(self, name):
        """Return a tensor by its name, the old value of a running mean, or `name(self)` of a function.

        Raises:
            UserError: there is no such tensor.
        """
        if callable(name):
            return name(self)
        if name in self._networks.means:
            return tf.convert_to_tensor(self._networks.means[name])
        images, _, output = name.partition("_")
        if images in _IMAGES and output in _OUTPUTS:  # "fake_logits" is self.logits("fake")
            return getattr(self, output)(images)
        if name in _TENSORS:
            return getattr(self, name)
        raise UserError(
            f"a loss needs {name!r}, which no phase has; give {', '.join(_TENSORS)}, a running mean, or"
            f" one of {', '.join(_IMAGES)} with _ and one of {', '.join(_OUTPUTS)}."
        )

    def seed_of(self, draw: str):
        """Seed of a draw, int32 [2]: a `Draw`, or the name of one that a loss of its own makes."""
        return self._seeds[draw] if draw in self._seeds else random.fold_in(self._seed, draw)

    @functools.cached_property
    def _seeds(self) -> dict:
        # Hashed at once: one operation of the graph instead of one for each draw.
        return dict(zip(Draw, random.streams(self._seed, list(Draw)), strict=True))

    # From latents to images.

    @functools.cached_property
    def fake_labels(self):
        """Labels of the fakes, as frequent as in the data: vectors [N, c_dim], or None."""
        source = self._networks.label_source
        if source is None:
            return None
        return _draw_labels(source, self._count, self.seed_of(Draw.LABELS))

    @functools.cached_property
    def z(self):
        """Latents, [N, z_dim]."""
        return random.normal(self.seed_of(Draw.Z), [self._count, self._networks.generator.z_dim])

    @functools.cached_property
    def w(self):
        """Intermediate latents before style mixing, [N, w_dim]."""
        return self._networks.generator.mapping(self.z, self.fake_labels)

    @functools.cached_property
    def ws(self):
        """Intermediate latents of every layer, styles mixed: [N, num_ws, w_dim]."""
        return self._ws_of(self.w)

    def _ws_of(self, w):
        ws = self._networks.generator.broadcast(w)  # [N, num_ws, w_dim]
        return ws if self._mixing is None else mix_styles(ws, *self._mixing)

    @functools.cached_property
    def _mixing(self):
        """Other ws and the layer from which on they take over; None if styles are never mixed."""
        g, probability = self._networks.generator, self._loss.style_mixing_prob
        if not tf.is_tensor(probability) and probability == 0:
            return None
        mixed = random.normal(self.seed_of(Draw.MIX_Z), [self._count, g.z_dim])
        mixed = g.broadcast(g.mapping(mixed, self.fake_labels))
        # One cutoff and one chance for the whole part of the batch, as published.
        # From 1: at least the first layer keeps its own w.
        cutoff = random.integers(self.seed_of(Draw.MIX_CUTOFF), [], 1, g.num_ws)
        mixes = random.uniform(self.seed_of(Draw.MIX_CHANCE), []) < probability
        # A cutoff of num_ws mixes nothing: no branch is needed in the graph.
        return mixed, tf.where(mixes, cutoff, g.num_ws)

    @functools.cached_property
    def fakes(self):
        """Generated images, [N, H, W, C]; constants while the discriminator is trained."""
        return self._generated(self.ws)

    @functools.cached_property
    def near_fakes(self):
        """Images of nearby latents with the same noise and styles, [N, H, W, C]; constants likewise."""
        g = self._networks.generator
        step = random.normal(self.seed_of(Draw.NEAR), [self._count, g.z_dim])
        # Not normalised here: the mapping does it.
        near = g.mapping(self.z + self._loss.zcr_std * step, self.fake_labels)
        return self._generated(self._ws_of(near))

    def _generated(self, ws):
        fakes = self._synthesize(ws)
        # Stops behind the synthesis: the discriminator's step does not differentiate it.
        return fakes if self._trains == "generator" else tf.stop_gradient(fakes)

    def _synthesize(self, ws):
        # One noise for all syntheses of a phase: path lengths are those of the same images.
        seed = self.seed_of(Draw.NOISE)
        return self._networks.generator.synthesis(ws, noise_mode="random", seed=seed)

    @functools.cached_property
    def path_lengths(self):
        """Lengths of the image's response to a step in w, [N]."""
        shape = [self._count, *self._images.shape[1:]]
        # y of the penalty, one number a pixel and channel.
        noise = random.normal(self.seed_of(Draw.PATH), shape)
        return losses.path_lengths(self._synthesize, self.ws, noise)

    # From images to what the discriminator says of them.

    def logits(self, images: str):
        """Logits of augmented images, [N, ...]; `images` is fake, real, near or mixed."""
        return self._verdict(images)[0]

    def gradients(self, images: str):
        """Gradients of the sum of logits with respect to images before augmentation: [N, H, W, C]."""
        return self._verdict(images)[1]

    def moved_logits(self, images: str):
        """Logits of augmented images that were moved in the end, [N, ...]."""
        move = Draw.MOVED_REAL if images == "real" else Draw.MOVED_FAKE
        images, labels, draw = self._shown(images)
        # Augmented once more by the same draws; the compiler finds that it was done.
        images = moved(self._augmented(images, draw), self.seed_of(move))
        return self._discriminator(images, labels, draw)

    def rotations(self, images: str):
        """Logits over the four rotations of each augmented image, [4 N, 4]."""
        images, _, draw = self._shown(images)
        # By the draw of the logits: D is asked about the image that it was shown.
        images = self._augmented(images, draw)  # once more, as in `moved_logits`
        return self._networks.discriminator.rotation_logits(rotations(images))

    @property
    def logits_so_far(self) -> dict:
        """Logits of fakes and reals, as far as a loss asked for them: "fake", "real" -> [N, ...]."""
        return {
            kind: self._verdicts[kind][0] for kind in ("fake", "real") if kind in self._verdicts
        }

    @functools.cached_property
    def reals(self):
        """Images that the discriminator is shown as real, and their labels."""
        reals, pseudo_reals = (self._images, self._labels), self._networks.pseudo_reals
        # A relativistic generator compares with true reals.
        if pseudo_reals is None or self._trains == "generator":
            return reals
        # Without labels the second of each pair is None, which no nest may hold.
        reals, fakes = (
            [t for t in pair if t is not None] for pair in (reals, (self.fakes, self.fake_labels))
        )
        # Those of the neighbour: no image is to be compared with itself.
        fakes = [tf.roll(tf.stop_gradient(t), 1, axis=0) for t in fakes]
        # (images, labels), or (images, None)
        return (*pseudo_reals(reals, fakes, self.seed_of(Draw.PSEUDO)), None)[:2]

    def _shown(self, images: str):
        """Images before augmentation, their labels, and the draw that augments them."""
        if images == "fake":
            return self.fakes, self.fake_labels, Draw.AUGMENT_FAKE
        if images == "near":  # augmented as their neighbours, so that only the latent differs
            return self.near_fakes, self.fake_labels, Draw.AUGMENT_FAKE
        reals, labels = self.reals
        if images == "real":
            return reals, labels, Draw.AUGMENT_REAL
        # [N], one point on each line
        share = random.uniform(self.seed_of(Draw.BETWEEN), [self._count])
        return losses.between(reals, self.fakes, share), labels, Draw.AUGMENT_MIXED

    def _verdict(self, images: str):
        """Logits of images and, if a loss needs them, gradients; computed once."""
        if images not in self._verdicts:
            shown, labels, draw = self._shown(images)

            def score(x):
                return self._discriminator(self._augmented(x, draw), labels, draw)

            with_gradients = f"{images}_gradients" in self._needs
            self._verdicts[images] = (
                losses.with_gradients(score, shown) if with_gradients else (score(shown), None)
            )
        return self._verdicts[images]

    def _augmented(self, images, draw: Draw):
        return self._networks.augment(images, self.seed_of(draw))

    def _discriminator(self, images, labels, draw: Draw):
        """Logits of augmented images. An adaptive discriminator draws from the seed of their augmentation."""
        n = self._networks
        if not getattr(n.discriminator, "adaptive", False):
            return n.discriminator(images, labels)
        # Equal for all losses on the same images: they see one discriminator.
        seed = random.fold_in(self.seed_of(draw), "disturbance")
        return n.discriminator(images, labels, p=tf.convert_to_tensor(n.p), seed=seed)


def mix_styles(ws, mixed, cutoff):
    """Replace the latents of all layers from `cutoff` on (arXiv 1812.04948, section 3.1).

    Args:
        ws: [N, num_ws, w_dim].
        mixed: latents that take over, [N, num_ws, w_dim].
        cutoff: int32 scalar; num_ws mixes nothing.
    """
    layers = tf.range(ws.shape[1])[tf.newaxis, :, tf.newaxis]  # [1, num_ws, 1]
    return tf.where(layers < cutoff, ws, mixed)


def _draw_labels(source, count, seed):
    """Draw labels of random training images.

    Args:
        source: share of each class, float32 [c_dim], which adds up to 1; or the vectors of all images,
            float32 [n, c_dim].
        count: number of labels.
        seed: int32 [2].

    Returns:
        float32 [count, c_dim].
    """
    if source.shape.rank == 2:
        return tf.gather(source, random.integers(seed, [count], 0, source.shape[0]))
    # The inverse of the cumulative distribution: the class of u is the number of bounds below u.
    u = random.uniform(seed, [count, 1])
    # Without the last bound, 1: rounding could leave it below u.
    below = tf.cumsum(source)[tf.newaxis, :-1]  # [1, c_dim - 1]
    index = tf.reduce_sum(tf.cast(u >= below, tf.int32), axis=1)
    return label_vectors(index, source.shape[0])


def prepared(images, labels, c_dim: int):
    """Convert a batch to what the networks take.

    Args:
        images: uint8 or uint16, or float in [-1, 1].
        labels: class numbers, int [N], or vectors, float [N, c_dim].
        c_dim: width of the vectors; 0 is unconditional.

    Returns:
        images in [-1, 1] and label vectors [N, c_dim], None when unconditional.
    """
    return to_signed(images), label_vectors(labels, c_dim)
