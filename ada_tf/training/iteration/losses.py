"""Losses and regularisers: pure functions that return one value for each logit or image.

Logits are float32 [N, 1], or [N, ...] of patches; images are float32 [N, H, W, C]. `table` says
which network each function trains, how often, and with which weight.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.registry import all_or_none
from ada_tf.training.iteration.config import ADVERSARIAL, add_section


def _generator_logistic_loss(fake_logits):
    """Non-saturating loss of the generator, softplus(-D(G(z))) (arXiv 1406.2661, section 3)."""
    # softplus(-x) = -log sigmoid(x), without overflow at either end.
    return tf.nn.softplus(-fake_logits)


def _discriminator_logistic_loss(fake_logits, real_logits):
    """Logistic loss of the discriminator, softplus(-D(x)) + softplus(D(G(z)))."""
    return tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)


def generator_hinge_loss(fake_logits):
    """Return -D(G(z)) (arXiv 1802.05957, equation 17); a critic's generator has it, too.

    Args:
        fake_logits: D(G(z)), [N, ...].
    """
    return -fake_logits


def discriminator_hinge_loss(fake_logits, real_logits):
    """Return max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (arXiv 1802.05957, equation 16).

    Args:
        fake_logits: D(G(z)), [N, ...].
        real_logits: D(x), [N, ...].
    """
    # Beyond the margin of 1 an image no longer trains D.
    return tf.nn.relu(1 - real_logits) + tf.nn.relu(1 + fake_logits)


def generator_relativistic_loss(fake_logits, real_logits):
    """Return softplus(D(x) - D(G(z))), x and z paired (arXiv 2501.05441, equation 2).

    Args:
        fake_logits: D(G(z)), [N, ...].
        real_logits: D(x), [N, ...]: the generator's step looks at reals, too.
    """
    return tf.nn.softplus(real_logits - fake_logits)


def discriminator_relativistic_loss(fake_logits, real_logits):
    """Return softplus(D(G(z)) - D(x)), x and z paired (arXiv 2501.05441, equation 2).

    Args:
        fake_logits: D(G(z)), [N, ...].
        real_logits: D(x), [N, ...].
    """
    return tf.nn.softplus(fake_logits - real_logits)


def critic_loss(fake_logits, real_logits):
    """Return D(G(z)) - D(x), which the critic lowers (arXiv 1701.07875, equation 2).

    Args:
        fake_logits: D(G(z)), [N, ...].
        real_logits: D(x), [N, ...].
    """
    return fake_logits - real_logits


def gradient_penalty(gradients):
    """Squared distance of gradient norms from 1, [N, H, W, C] -> [N] (arXiv 1704.00028, equation 3).

    (|grad D(x^)| - 1)^2 without its weight. The gradients are those of the critic's output at x^ on the
    line from a real to a generated image, see `between` and `with_gradients`.
    """
    # 1e-12: the root has no derivative at 0, where an untrained critic may be.
    return tf.square(tf.sqrt(squared_norm(gradients) + 1e-12) - 1)


def between(reals, fakes, share):
    """Points on the lines from reals to fakes, [N, H, W, C], for `gradient_penalty`.

    Args:
        reals: real images, [N, H, W, C].
        fakes: generated images.
        share: that of the reals, [N], uniform from 0 to 1.
    """
    share = share[:, tf.newaxis, tf.newaxis, tf.newaxis]  # [N, 1, 1, 1]
    return share * reals + (1 - share) * fakes


def with_gradients(discriminator, images):
    """Logits of images, and the gradient of their sum with respect to the images: [N, H, W, C].

        real_output, gradients = ada_tf.with_gradients(lambda x: discriminator(ada(x)), images)
        d_loss += gamma / 2 * tf.reduce_mean(ada_tf.squared_norm(gradients))

    Args:
        discriminator: images -> logits; with an augmentation in it, it is differentiated through.
        images: [N, H, W, C]; real ones for R1, generated ones for R2.
    """
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
        # A logit depends on its own image, so the sum has the gradients of all images at once.
        total = tf.reduce_sum(logits)
    return logits, tape.gradient(total, images)


def squared_norm(gradients):
    """Squared norm of each image's gradients, [N, H, W, C] -> [N].

    With gradients of logits at reals this is R1 without gamma / 2 (arXiv 1801.04406, equation 9), at
    fakes R2 (equation 10). They are gradients with respect to the images before their augmentation,
    which is differentiated through.
    """
    return tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3])


def path_lengths(synthesize, ws, noise):
    """Lengths of the image's response to a step in w (arXiv 1912.04958, section 3.2).

    Args:
        synthesize: ws -> images [N, H, W, C].
        ws: [N, num_ws, w_dim].
        noise: N(0, 1) like the images; divided by sqrt(H W) here.

    Returns:
        [N]: sqrt(mean over layers of |J^T y|^2), J the Jacobian of the image with respect to ws.
    """
    with tf.GradientTape() as tape:
        tape.watch(ws)
        # ws is watched, not w: each layer answers for itself.
        images = synthesize(ws)
        height, width = images.shape[1:3]
        # The gradient of <image, y> with respect to ws is J^T y, without J being computed. With
        # y = noise / sqrt(H W) its length does not depend on the resolution.
        response = tf.reduce_sum(images * noise) / (height * width) ** 0.5
    gradient = tape.gradient(response, ws)  # [N, num_ws, w_dim]
    # Sum over w, mean over layers: as published, so that the depth changes no length.
    return tf.sqrt(tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=2), axis=1))


def path_length_penalty(lengths, mean, pl_decay):
    """Squared distance of path lengths from their running mean.

    The penalty uses the updated mean, and the gradient flows through it.

    Args:
        lengths: [N].
        mean: scalar, the running mean so far.
        pl_decay: share of the new batch in the running mean.

    Returns:
        penalty [N] and the updated mean.
    """
    # Without a `stop_gradient`, as published: a hundredth of the gradient comes by the mean.
    mean = mean + pl_decay * (tf.reduce_mean(lengths) - mean)
    return tf.square(lengths - mean), mean


def updated_average(average, value, decay):
    """Exponential moving average: decay * average + (1 - decay) * value."""
    return value + decay * (average - value)  # one product instead of two


def _zero(real_logits, fake_logits):
    """Decision threshold of losses with absolute labels: 0."""
    return 0.0


def _partner(real_logits, fake_logits):
    """Threshold of relativistic losses: the logit of the paired fake, so p follows E sign(D(x) - D(G(z)))."""
    return fake_logits


def _middle(real_logits, fake_logits):
    """Threshold of a critic: midway between mean real and mean fake output; None without fakes."""
    if fake_logits is None:
        return None
    return (tf.reduce_mean(real_logits) + tf.reduce_mean(fake_logits)) / 2


class Adversarial(NamedTuple):
    """A game: the adversarial loss of each network.

    Attributes:
        generator: (loss, names of the logits that it takes): of "fake_logits" and "real_logits".
        discriminator: (loss, names of the logits that it takes).
        threshold: (real_logits, fake_logits or None) -> the output that means "cannot tell", for
            the statistic that moves p; None if it cannot be said without fakes.
        levels: whether the level of a logit means something, not only a difference of two.
        settings: frozen dataclass of defaults: arguments of both losses by name, and a section of
            `--set`, `loss.lsgan.margin`.
    """

    generator: tuple[Callable, tuple[str, ...]]
    discriminator: tuple[Callable, tuple[str, ...]]
    threshold: Callable = _zero
    levels: bool = True
    settings: type | None = None


def add_loss(name: str, game: Adversarial) -> Adversarial:
    """Register a game, which `--adversarial=<name>` then trains.

        def fake_loss(fake_logits): return tf.square(fake_logits - 1)
        def loss(fake_logits, real_logits): return tf.square(fake_logits) + tf.square(real_logits - 1)
        ada_tf.add_loss("lsgan", ada_tf.Adversarial(
            generator=(fake_loss, ("fake_logits",)),
            discriminator=(loss, ("fake_logits", "real_logits")),
            threshold=lambda real_logits, fake_logits: 0.5,
        ))

    Raises:
        UserError: the name is taken or malformed, `game` is no `Adversarial`, or its settings are no
            frozen dataclass of defaults.
    """
    if not isinstance(game, Adversarial):
        raise UserError(f"game={game!r:.80} of the loss {name!r:.40} must be an Adversarial.")
    with all_or_none():
        if game.settings is not None:
            add_section(name, game.settings)
        return ADVERSARIAL.add(name, game)


add_loss(
    "logistic",
    Adversarial(
        generator=(_generator_logistic_loss, ("fake_logits",)),
        discriminator=(_discriminator_logistic_loss, ("fake_logits", "real_logits")),
    ),
)
add_loss(
    "hinge",
    Adversarial(
        generator=(generator_hinge_loss, ("fake_logits",)),
        discriminator=(discriminator_hinge_loss, ("fake_logits", "real_logits")),
    ),
)
add_loss(
    "relativistic",
    Adversarial(
        generator=(generator_relativistic_loss, ("fake_logits", "real_logits")),
        discriminator=(discriminator_relativistic_loss, ("fake_logits", "real_logits")),
        threshold=_partner,
        levels=False,
    ),
)
add_loss(
    "wasserstein",
    Adversarial(
        generator=(generator_hinge_loss, ("fake_logits",)),
        discriminator=(critic_loss, ("fake_logits", "real_logits")),
        threshold=_middle,
        levels=False,
    ),
)
