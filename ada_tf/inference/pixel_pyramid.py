"""How far two pictures are apart in their pixels, from the finest to the coarsest."""

import tensorflow as tf

from ada_tf.ops.pixels import box_mean

SMALLEST = 4  # pixels of a side


def pixel_pyramid(images):
    """An embedding in which squared distances are mean squared errors, added up over sizes.

    Sizes are that of the images and its halves, by the mean of 2x2 pixels, down to 4 pixels a side.
    A mean squared error of 1 is the square of half of the range from black to white.

    Args:
        images: float32 [N, H, W, C] in [-1, 1], of any channels.

    Returns:
        float32 [N, D].
    """
    levels = []
    images = tf.convert_to_tensor(images)
    while True:
        _, h, w, c = images.shape
        levels.append(tf.reshape(images, [-1, h * w * c]) / (h * w * c) ** 0.5)
        if h % 2 or w % 2 or min(h, w) < 2 * SMALLEST:
            return tf.concat(levels, axis=1)
        images = box_mean(images, 2)
