"""The pictures of a model card."""

import numpy as np

from ada_tf.inference.generate import generate

PICTURES, TRUNCATION = 16, 0.7  # as the card says


def sixteen(generator, truncation: str = "class") -> np.ndarray:
    """Images of sixteen seeds for the grid of a card, all classes in turn: float32 [16, H, W, C]."""
    labels = None
    if generator.c_dim:
        labels = np.eye(generator.c_dim, dtype=np.float32)[np.arange(PICTURES) % generator.c_dim]
    return generate(
        generator,
        seeds=range(PICTURES),
        labels=labels,
        truncation_psi=TRUNCATION,
        truncation=truncation,
    )
