"""What losses are computed from: each tensor is made when a loss of the phase first asks for it."""

import enum
import functools
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.augment.methods import moved
from ada_tf.models.methods import rotations
from ada_tf.ops import random
from ada_tf.ops.label_vectors import label_vectors
from ada_tf.ops.pixels import to_signed
from ada_tf.training.iteration import losses


class Draw(str, enum.Enum):
    """What a draw of an iteration is for; the name is folded into its seed."""

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
    """What a phase computes with.

    Attributes:
        generator: see `ada_tf.models.LatentGenerator`.
        discriminator: (images, labels) -> logits [N, ...].
        augment: (images, seed) -> images.
        label_source: what labels of fakes are drawn from, see `draw_labels`; None without labels.
        means: name -> variable, the running means that losses compare with.
        pseudo: (reals, fakes, seed) -> what is shown to a discriminator that learns as real, each a
            nest of images and perhaps labels; None shows the reals.
        strength: variable, p of a discriminator that is disturbed by it, see its `call`; or None.
        advance: moves what the discriminator keeps beside its weights by a step; or None.
    """

    generator: object
    discriminator: object
    augment: Callable
    label_source: tf.Tensor | None
    means: dict
    pseudo: Callable | None = None
    strength: object = None
    advance: Callable | None = None


class Inputs:
    """The tensors of one phase by name, as attributes.

    Args:
        networks: of the run.
        loss: LossConfig.
        trains: "generator" or "discriminator"; nothing else is differentiated.
        needs: names of all tensors that will be asked for.
        images: the reals, float32 [N, H, W, C] in [-1, 1].
        labels: theirs, vectors [N, c_dim], or None.
        count: how many fakes to make.
        seed: int32 [2], of all draws.
    """

    def __init__(self, networks, loss, trains, needs, images, labels, count, seed):
        self._networks, self._loss, self._trains, self._needs = networks, loss, trains, needs
        self._images, self._labels, self._count, self._seed = images, labels, count, seed

    def __getitem__(self, name: str):
        """A tensor by name, or the old value of a running mean."""
        if name in self._networks.means:
            return tf.convert_to_tensor(self._networks.means[name])
        return getattr(self, name)

    def of(self, draw: Draw):
        """The seed of a draw, int32 [2]."""
        return self._seeds[draw]

    @functools.cached_property
    def _seeds(self) -> dict:
        """Those of all draws, which are hashed at once."""
        return dict(zip(Draw, random.streams(self._seed, list(Draw)), strict=True))

    def made(self, name: str) -> bool:
        """Whether somebody asked for a tensor."""
        return name in vars(self)

    @functools.cached_property
    def fake_labels(self):
        """Labels of the fakes, as frequent as in the data: vectors [N, c_dim], or None."""
        source = self._networks.label_source
        if source is None:
            return None
        return draw_labels(source, self._count, self.of(Draw.LABELS))

    @functools.cached_property
    def z(self):
        """Latents, [N, z_dim]."""
        return random.normal(self.of(Draw.Z), [self._count, self._networks.generator.z_dim])

    @functools.cached_property
    def w(self):
        """Intermediate latents before mixing, [N, w_dim]."""
        return self._networks.generator.mapping(self.z, self.fake_labels)

    @functools.cached_property
    def ws(self):
        """Intermediate latents of every layer, styles mixed: [N, num_ws, w_dim]."""
        return self._styles_of(self.w)

    def _styles_of(self, w):
        ws = self._networks.generator.broadcast(w)
        if self._mixed is None:
            return ws
        return mix_styles(ws, *self._mixed)

    @functools.cached_property
    def _mixed(self):
        """Latents of every layer to mix in, and from which one on; None where nothing ever is."""
        g, probability = self._networks.generator, self._loss.style_mixing_prob
        if probability == 0:
            return None
        mixed = random.normal(self.of(Draw.MIX_Z), [self._count, g.z_dim])
        mixed = g.broadcast(g.mapping(mixed, self.fake_labels))
        cutoff = random.integers(self.of(Draw.MIX_CUTOFF), [], 1, g.num_ws)
        mixes = random.uniform(self.of(Draw.MIX_CHANCE), []) < probability
        return mixed, tf.where(mixes, cutoff, g.num_ws)

    @functools.cached_property
    def fakes(self):
        """Generated images, [N, H, W, C]; constants while the discriminator is trained."""
        return self._of_generator(self.ws)

    @functools.cached_property
    def near_fakes(self):
        """Images of nearby latents, with the same noise and the same styles mixed in: likewise."""
        g = self._networks.generator
        step = random.normal(self.of(Draw.NEAR), [self._count, g.z_dim])
        near = g.mapping(self.z + self._loss.zcr_std * step, self.fake_labels)
        return self._of_generator(self._styles_of(near))

    def _of_generator(self, ws):
        fakes = self._synthesize(ws)
        return fakes if self._trains == "generator" else tf.stop_gradient(fakes)

    @property
    def fake_logits(self):
        """Of augmented fakes, [N, ...]."""
        return self._fake_scores[0]

    @property
    def real_logits(self):
        """Of augmented reals, [N, ...]."""
        return self._real_scores[0]

    @property
    def near_logits(self):
        """Of `near_fakes`, augmented as the fakes are, [N, ...]."""
        return self._scores("near", self.near_fakes, self.fake_labels, Draw.AUGMENT_FAKE)[0]

    @property
    def moved_fake_logits(self):
        """Of augmented fakes that were moved in the end, [N, ...]."""
        return self._moved(self.fakes, self.fake_labels, Draw.AUGMENT_FAKE, Draw.MOVED_FAKE)

    @property
    def moved_real_logits(self):
        """Of augmented reals that were moved in the end, [N, ...]."""
        return self._moved(*self._shown_reals, Draw.AUGMENT_REAL, Draw.MOVED_REAL)

    def _moved(self, images, labels, draw, move):
        # Augmented once more, by the same draws: the compiler finds that it was done.
        images = moved(self._networks.augment(images, self.of(draw)), self.of(move))
        return self._judged(images, labels, self.of(draw))

    def _judged(self, images, labels, seed):
        """What the discriminator says of images that were augmented by the draws of a seed."""
        n = self._networks
        if n.strength is None:
            return n.discriminator(images, labels)
        p, seed = tf.convert_to_tensor(n.strength), random.fold_in(seed, "disturbance")
        return n.discriminator(images, labels, p=p, seed=seed)

    @property
    def fake_rotations(self):
        """Of which way up augmented fakes are, for each of their `rotations`, logits [4 N, 4]."""
        return self._rotations(self.fakes, Draw.AUGMENT_FAKE)

    @property
    def real_rotations(self):
        """Likewise of reals."""
        return self._rotations(self._shown_reals[0], Draw.AUGMENT_REAL)

    def _rotations(self, images, draw):
        images = self._networks.augment(images, self.of(draw))  # once more, as in `_moved`
        return self._networks.discriminator.rotation_logits(rotations(images))

    @property
    def fake_gradients(self):
        """Of the sum of the logits, with respect to fakes before their augmentation: [N, H, W, C]."""
        return self._fake_scores[1]

    @property
    def real_gradients(self):
        """Of the sum of the logits, with respect to reals before their augmentation: [N, H, W, C]."""
        return self._real_scores[1]

    @property
    def mixed_gradients(self):
        """Likewise, with respect to points between reals and fakes: [N, H, W, C]."""
        return self._mixed_scores[1]

    @functools.cached_property
    def path_lengths(self):
        """Lengths of the image's response to a step in w, [N]."""
        shape = [self._count, *self._images.shape[1:]]
        noise = random.normal(self.of(Draw.PATH), shape)
        return losses.path_lengths(self._synthesize, self.ws, noise)

    @property
    def logits(self) -> dict:
        """What the discriminator said so far: "fake" and "real" -> logits."""
        found = {"fake": "_fake_scores", "real": "_real_scores"}
        return {kind: self[name][0] for kind, name in found.items() if self.made(name)}

    @functools.cached_property
    def _fake_scores(self):
        return self._scores("fake", self.fakes, self.fake_labels, Draw.AUGMENT_FAKE)

    @functools.cached_property
    def _real_scores(self):
        return self._scores("real", *self._shown_reals, Draw.AUGMENT_REAL)

    @functools.cached_property
    def _mixed_scores(self):
        reals, labels = self._shown_reals
        share = random.uniform(self.of(Draw.BETWEEN), [self._count])
        points = losses.between(reals, self.fakes, share)
        return self._scores("mixed", points, labels, Draw.AUGMENT_MIXED)

    @functools.cached_property
    def _shown_reals(self):
        """Images and labels that the discriminator is shown as real."""
        reals = (self._images, self._labels)
        pseudo = self._networks.pseudo
        if pseudo is None or self._trains == "generator":
            return reals
        # Of the neighbour: no image is to be compared with itself.
        fakes = (self.fakes, self.fake_labels)
        reals, fakes = ([t for t in pair if t is not None] for pair in (reals, fakes))
        fakes = [tf.roll(tf.stop_gradient(t), 1, axis=0) for t in fakes]
        return (*pseudo(reals, fakes, self.of(Draw.PSEUDO)), None)[:2]

    def _scores(self, kind, images, labels, draw):
        """Logits and, if a loss needs them, gradients. The discriminator only sees augmented images."""
        n, seed = self._networks, self.of(draw)

        def score(images):
            return self._judged(n.augment(images, seed), labels, seed)

        if f"{kind}_gradients" not in self._needs:
            return score(images), None
        return losses.with_gradients(score, images)

    def _synthesize(self, ws):
        return self._networks.generator.synthesis(ws, noise_mode="random", seed=self.of(Draw.NOISE))


def mix_styles(ws, mixed, cutoff):
    """Layers from `cutoff` on take other latents (arXiv 1812.04948, section 3.1).

    Args:
        ws: [N, num_ws, w_dim].
        mixed: likewise.
        cutoff: int32 scalar; num_ws mixes nothing.
    """
    layers = tf.range(ws.shape[1])[tf.newaxis, :, tf.newaxis]  # [1, num_ws, 1]
    return tf.where(layers < cutoff, ws, mixed)


def draw_labels(source, count, seed):
    """Labels of random training images.

    Args:
        source: float32 [c_dim], how frequent each class is, which adds up to 1; or the vectors of all
            images, float32 [n, c_dim].
        count: how many.
        seed: int32 [2].

    Returns:
        float32 [count, c_dim].
    """
    if source.shape.rank == 2:
        return tf.gather(source, random.integers(seed, [count], 0, source.shape[0]))
    u = random.uniform(seed, [count, 1])
    below = tf.cumsum(source)[tf.newaxis, :-1]  # [1, c_dim - 1]
    index = tf.reduce_sum(tf.cast(u >= below, tf.int32), axis=1)
    return label_vectors(index, source.shape[0])


def prepared(images, labels, c_dim: int):
    """A batch as the networks take it.

    Args:
        images: uint8 or uint16, or float in [-1, 1].
        labels: class numbers, int [N], or vectors, float [N, c_dim].
        c_dim: width of the vectors; 0 is unconditional.

    Returns:
        images in [-1, 1] and label vectors [N, c_dim], None when unconditional.
    """
    return to_signed(images), label_vectors(labels, c_dim)
