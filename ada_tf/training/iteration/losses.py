"""The losses and regularisers, as pure functions that return one value per image.

Logits are float32 [N, 1], images float32 [N, H, W, C].
"""

import tensorflow as tf


def generator_logistic_loss(fake_logits):
    """Non-saturating loss of the generator, softplus(-D(G(z))) (arXiv 1406.2661, section 3)."""
    return tf.nn.softplus(-fake_logits)


def discriminator_logistic_loss(real_logits, fake_logits):
    """Logistic loss of the discriminator, softplus(-D(x)) + softplus(D(G(z)))."""
    return tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)


def r1_penalty(discriminate, images):
    """Squared gradient norm of the logits at real images (arXiv 1801.04406, equation 9, without gamma / 2).

    The gradient is taken with respect to the images given, so an augmentation inside `discriminate`
    is differentiated through.

    Args:
        discriminate: images -> logits.
        images: float32 [N, H, W, C].

    Returns:
        penalty [N] and logits [N, 1].
    """
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminate(images)
        total = tf.reduce_sum(logits)
    gradient = tape.gradient(total, images)
    return tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]), logits


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
        images = synthesize(ws)
        height, width = images.shape[1:3]
        response = tf.reduce_sum(images * noise) / (height * width) ** 0.5
    gradient = tape.gradient(response, ws)
    return tf.sqrt(tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=2), axis=1))


def path_length_penalty(lengths, mean, decay=0.01):
    """Squared distance of path lengths from their running mean.

    The penalty uses the updated mean, and the gradient flows through it.

    Args:
        lengths: [N].
        mean: scalar, the running mean so far.
        decay: share of the new batch in the running mean.

    Returns:
        penalty [N] and the updated mean.
    """
    mean = mean + decay * (tf.reduce_mean(lengths) - mean)
    return tf.square(lengths - mean), mean


def updated_average(average, value, decay):
    """Exponential moving average: decay * average + (1 - decay) * value."""
    return value + decay * (average - value)
