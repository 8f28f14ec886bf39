"""Products of images with the matrices of filters, exact on cards that would round them to TF32."""

import tensorflow as tf

from ada_tf.ops import choice

# float32 has 23 bits of mantissa, TF32 the first 10 of them: without the last 13.
_FIRST_BITS = -(2**13)


def multiply(x, matrix, axis):
    """Multiply [N, H, W, C] by a matrix [R, size], or one an image, along an axis, 1 or 2."""
    # A matrix product takes rows: columns are turned into rows, and back.
    if axis == 2:
        return tf.transpose(multiply(tf.transpose(x, [0, 2, 1, 3]), matrix, 1), [0, 2, 1, 3])
    _, _, width, channels = x.shape
    y = product(matrix, tf.reshape(x, [-1, x.shape[1], width * channels]))  # [N, R, W * C]
    return tf.reshape(y, [-1, matrix.shape[-2], width, channels])


def product(matrix, x):
    """Return matrix @ x: [..., R, S] and [..., S, K] -> [..., R, K].

    On a card that multiplies float32 in TF32, pictures would lose what 8 bits and a filter need: half
    a grey level. There the product is exact to 1e-6, and the matrix gets no gradient.
    """
    if x.dtype != tf.float32 or not choice.rounds_products():
        return tf.matmul(matrix, x)
    return _split_product(tf.convert_to_tensor(matrix), x)


@tf.custom_gradient
def _split_product(matrix, x):
    """Multiply the first bits and the rests of both factors, but for rest times rest, in one product."""
    (m, m_rest), (v, v_rest) = _split(matrix), _split(x)
    y = tf.matmul(tf.concat([m, m, m_rest], -1), tf.concat([v, v_rest, v], -2))
    # Bits have no derivative; the product has that of x.
    return y, lambda dy: (None, _split_product(tf.linalg.matrix_transpose(matrix), dy))


def _split(x):
    """Write float32 as the sum of what TF32 keeps and a rest, of which it keeps enough."""
    first = tf.bitcast(tf.bitwise.bitwise_and(tf.bitcast(x, tf.int32), _FIRST_BITS), tf.float32)
    return first, x - first
