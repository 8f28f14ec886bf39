"""Perceptual path length (arXiv 1812.04948, section 4.1): how far images move when latents do.

The distance is LPIPS of VGG16 between the images of two points EPSILON apart on a path between
random latents, divided by EPSILON^2. Full images from the ends of paths in W (`ppl2_wend`) are the
measure of StyleGAN2; the four older ones crop faces.
"""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.metric_names import W_ENDS
from ada_tf.ops import choice, graph, random
from ada_tf.ops.pixels import as_rgb, box_mean

EPSILON = 1e-4  # of the paper
CROP_SIDE = 256  # images are box-filtered down to about this side before LPIPS


def slerp(a, b, t):
    """Along the great circle from a to b: float [N, D], [N, D], [N, 1] -> unit vectors [N, D]."""
    a, _ = tf.linalg.normalize(a, axis=-1)
    b, _ = tf.linalg.normalize(b, axis=-1)
    cosine = tf.reduce_sum(a * b, axis=-1, keepdims=True)
    angle = t * tf.acos(cosine)
    across, _ = tf.linalg.normalize(b - cosine * a, axis=-1)
    moved, _ = tf.linalg.normalize(a * tf.cos(angle) + across * tf.sin(angle), axis=-1)
    return moved


def lerp(a, b, t):
    """(1 - t) a + t b."""
    return a + (b - a) * t


def trimmed_mean(distances) -> float:
    """Mean of the values between the 1st and the 99th percentile, both inclusive."""
    distances = np.asarray(distances)
    low, high = _limits(distances)
    kept = distances[(distances >= low) & (distances <= high)]
    return float(kept.mean(dtype=np.float64))


def _limits(distances) -> tuple[float, float]:
    """The 1st and the 99th percentile, rounded outwards to values that are there."""
    low = np.percentile(distances, 1, method="lower")
    return low, np.percentile(distances, 99, method="higher")


def trimmed_mean_error(distances) -> float | None:
    """Standard error of `trimmed_mean`; None of a single path.

    Other samples are cut at other limits, which the deviation of the kept values alone would miss. So
    values outside are moved to the limits, and the deviation is divided by the part kept (Tukey and
    McLaughlin 1963).
    """
    if len(distances) < 2:
        return None
    moved = np.clip(np.asarray(distances, np.float64), *_limits(distances))
    return float(moved.std(ddof=1) / (0.98 * np.sqrt(len(moved))))


def crop_face(images):
    """Rows 3/8 to 7/8 and columns 2/8 to 6/8, where aligned faces are: [N, H, W, C]."""
    y, x = images.shape[1] // 8, images.shape[2] // 8
    return images[:, 3 * y : 7 * y, 2 * x : 6 * x]


def shrink(images):
    """Mean of square boxes, so that the shorter side comes down to CROP_SIDE; smaller images stay.

    Boxes have a power of two of pixels a side, which divides both sides of all that is generated.

    After the crop, as in the papers that report cropped path lengths. (The later PyTorch code
    takes the factor from the uncropped image, hence smaller images at 512 pixels and above.)
    """
    side = min(images.shape[1:3])
    if side < 2 * CROP_SIDE:
        return images
    return box_mean(images, 1 << (side // CROP_SIDE).bit_length() - 1)


def path_distances(
    generator, perceptual, count, path=W_ENDS, labels=None, seed=0, batch=4
) -> Iterator[np.ndarray]:
    """Squared LPIPS rates of random paths.

    Args:
        generator: a Generator in float32.
        perceptual: images float32 [N, H, W, 3] of 0 to 255 -> embeddings [N, D] whose squared
            distance is LPIPS.
        count: paths.
        path: which.
        labels: callable, (seed, N) -> label vectors [N, c_dim], or None.
        seed: integer.
        batch: paths at a time.

    Yields:
        float32 [batch]; the last may hold fewer.
    """

    def ends(seed):
        """Latents before and after the step, each [batch, num_ws, w_dim]."""
        z = random.normal(random.fold_in(seed, 0), [2, batch, generator.z_dim])
        t = tf.zeros([batch, 1])
        if not path.ends:
            t = random.uniform(random.fold_in(seed, 1), [batch, 1])
        c = None if labels is None else labels(random.fold_in(seed, 2), batch)
        if path.space == "z":
            points = [slerp(z[0], z[1], t), slerp(z[0], z[1], t + EPSILON)]
            return [generator.map(p, c) for p in points]
        a, b = generator.map(z[0], c), generator.map(z[1], c)
        t = t[:, :, tf.newaxis]
        return lerp(a, b, t), lerp(a, b, t + EPSILON)

    def distances(seed):
        before, after = (embed(ws, random.fold_in(seed, 3)) for ws in ends(seed))
        return tf.reduce_sum(tf.square(before - after), axis=1) / EPSILON**2

    def embed(ws, seed):
        """One seed for both ends gives each pair the same noise, so only the latent moves it."""
        images = as_rgb(generator.synthesis(ws, noise_mode="random", seed=seed))
        images = (shrink(crop_face(images) if path.crop else images) + 1) * 127.5
        return perceptual(images)

    program = graph(distances, choice.on_gpu())
    base = random.make_seed(seed)
    for start in range(0, count, batch):
        yield program(random.fold_in(base, start)).numpy()[: count - start]


def mean_path_length(generator, perceptual, count, path=W_ENDS, labels=None, seed=0) -> Estimate:
    """The trimmed mean of `path_distances`, whose arguments are the same, in any precision."""
    found = path_distances(generator.in_float32(), perceptual, count, path, labels, seed)
    distances = np.concatenate(list(found))
    return Estimate(trimmed_mean(distances), trimmed_mean_error(distances))
