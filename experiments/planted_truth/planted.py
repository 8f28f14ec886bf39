"""Sets of images of which is known what they are: honest, copied, nearly copied, broken."""

import numpy as np
import scipy.ndimage

SPLIT = 400  # images of each part


def split(images, seed: int):
    """(training, held out, honest), SPLIT images each; the first split is in the order of the set."""
    order = np.arange(len(images))
    if seed:
        order = np.random.RandomState(seed).permutation(len(images))
    return tuple(images[order[i * SPLIT : (i + 1) * SPLIT]] for i in range(3))


def copied(training, honest, part: float):
    """Some training images, the rest honest."""
    count = round(part * len(honest))
    return np.concatenate([training[:count], honest[count:]])


def mirrored(images):
    """Flipped horizontally."""
    return images[:, :, ::-1]


def varied(images):
    """Nearly the same: contrast x N(1, 8 %), brightness + N(0, 6), noise N(0, 4), of 255."""
    draw = np.random.RandomState(1)
    one = [len(images), 1, 1, 1]
    contrast, brightness = 1 + 0.08 * draw.randn(*one), 6 * draw.randn(*one)
    return to_bytes((images - 128.0) * contrast + 128 + brightness + 4 * draw.randn(*images.shape))


def shifted(images):
    """Moved by 1 to 3 pixels in both directions, edges repeated."""
    draw, side = np.random.RandomState(2), images.shape[1]
    padded = np.pad(images, [(0, 0), (3, 3), (3, 3), (0, 0)], mode="edge")
    steps = draw.randint(1, 4, [len(images), 2]) * draw.choice([-1, 1], [len(images), 2])
    corners = 3 + steps
    return np.stack(
        [image[y : y + side, x : x + side] for image, (y, x) in zip(padded, corners, strict=True)]
    )


def blurred(images):
    """By a Gaussian of 1.5 pixels."""
    return to_bytes(scipy.ndimage.gaussian_filter(images.astype(np.float64), [0, 1.5, 1.5, 0]))


def few_modes(images):
    """Ten of them again and again, each with other noise N(0, 4)."""
    repeated = images[np.arange(len(images)) % 10]
    return to_bytes(repeated + 4 * np.random.RandomState(3).randn(*repeated.shape))


def noise(images):
    """Independent pixels."""
    return np.random.RandomState(4).randint(0, 256, images.shape).astype(np.uint8)


def with_twins(training):
    """A twentieth of them twice."""
    return np.concatenate([training, training[: len(training) // 20]])


def generated(training, honest) -> dict:
    """What a generator might make: name -> images."""
    return {
        "held-out reals (honest)": honest,
        "5 % exact copies": copied(training, honest, 0.05),
        "10 % exact copies": copied(training, honest, 0.1),
        "50 % exact copies": copied(training, honest, 0.5),
        "exact copies": training,
        "mirrored copies": mirrored(training),
        "near copies": varied(training),
        "10 % near copies": copied(varied(training), honest, 0.1),
        "copies moved by 1 to 3 pixels": shifted(training),
        "blurred copies": blurred(training),
        "honest, varied as near copies": varied(honest),
        "honest, blurred": blurred(honest),
        "honest, ten modes": few_modes(honest),
        "noise": noise(honest),
    }


def to_bytes(values):
    """Rounded and cut to bytes."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
