"""Peak signal to noise ratio."""

import numpy as np


def psnr(images, others) -> np.ndarray:
    """How alike pictures are, in dB: 10 log10(4 / mean squared difference), over all channels.

    Args:
        images: float [N, H, W, C]; what is outside of [-1, 1] is clipped, as in files.
        others: the same.

    Returns:
        float64 [N]; infinite for the same pictures.
    """
    a, b = (np.clip(np.asarray(pictures, np.float64), -1, 1) for pictures in (images, others))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(4 / np.mean((a - b) ** 2, axis=(1, 2, 3)))
