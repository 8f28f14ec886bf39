"""Where the search for a latent begins: at the random one whose picture is nearest.

From the mean of w the search now and then ends in a picture of another colour or pose; see
experiments/projection for how often.
"""

import numpy as np
import tensorflow as tf

from ada_tf.inference.generate import render
from ada_tf.inference.pixel_pyramid import pixel_pyramid
from ada_tf.progress import progress

SIDE = 16  # pixels, about, of what is compared
MOST, LEAST, PIXELS = 10_000, 100, 10_000 * 64 * 64
BATCH = 64


def affordable(height: int, width: int) -> int:
    """How many random pictures are looked at: 10,000 up to 64 x 64 pixels, fewer of larger ones."""
    return int(np.clip(PIXELS // (height * width), LEAST, MOST))


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
        height, width, _ = generator.synthesis.shape.hwc
        self._ws = ws[: affordable(height, width) if count is None else count]
        shape = [len(self), generator.num_ws, generator.w_dim]
        parts, layers = [], np.broadcast_to(self._ws[:, np.newaxis], shape)
        with progress(len(self), "looking for starts") as bar:
            for images in render(generator, layers, batch=BATCH) if len(self) else ():
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
