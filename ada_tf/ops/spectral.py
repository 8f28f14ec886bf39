"""Spectral normalisation: kernels whose largest singular value is 1."""

import tensorflow as tf


def inverse_norm(kernel, u):
    """1 / sigma of a kernel, by one step of power iteration (arXiv 1802.05957, algorithm 1).

        inverse, u = inverse_norm(kernel, u)
        y = tf.nn.conv2d(x, kernel * inverse, 1, "SAME")

    Kernels move little from one step of the optimizer to the next, so that a step of the iteration
    after each follows them. The gradient of the division flows into the kernel.

    Args:
        kernel: [..., outputs], taken as the matrix [inputs, outputs].
        u: [1, outputs], what the last step returned; N(0, 1) at first.

    Returns:
        1 / sigma, a scalar, and the next u.
    """
    w = tf.reshape(kernel, [-1, kernel.shape[-1]])
    v = tf.matmul(u, w, transpose_b=True)  # [1, inputs]
    v = v * tf.math.rsqrt(tf.reduce_sum(tf.square(v)) + 1e-8)  # so that 0 stays 0
    u = tf.matmul(v, w)
    inverse = tf.math.rsqrt(tf.reduce_sum(tf.square(u)) + 1e-8)
    return inverse, u * inverse
