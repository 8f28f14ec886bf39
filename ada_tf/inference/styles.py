"""Images of what intermediate latents do: style mixing."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.inference.generate import map_latents, synthesize


def mix_styles(
    generator,
    row_seeds,
    col_seeds,
    styles,
    *,
    labels=None,
    truncation_psi=1.0,
    truncation="class",
    batch=16,
) -> np.ndarray:
    """Every row image with some layers of every column image (arXiv 1812.04948, figure 3).

    Args:
        generator: a Generator.
        row_seeds: of the images whose layers are replaced.
        col_seeds: of the images that the layers come from.
        styles: which layers: small numbers are coarse, 0 to num_ws - 1.
        labels: one class number for all; needed by a conditional generator.
        truncation_psi: see `generate`.
        truncation: see `generate`.
        batch: images at a time.

    Returns:
        float32 [rows + 1, columns + 1, R, R, C]: the row images in column 0, the column images in
        row 0, black in the corner.

    Raises:
        UserError: a layer does not exist.
    """
    styles = list(styles)
    if any(s not in range(generator.num_ws) for s in styles):
        raise UserError(f"styles={styles} must be layers of 0 to {generator.num_ws - 1}.")
    options = {"labels": labels, "truncation_psi": truncation_psi, "truncation": truncation}
    rows = map_latents(generator, seeds=row_seeds, **options)  # [rows, num_ws, w_dim]
    columns = map_latents(generator, seeds=col_seeds, **options)
    ws = np.zeros([len(rows) + 1, len(columns) + 1, *rows.shape[1:]], np.float32)
    ws[1:, :], ws[0, 1:] = rows[:, np.newaxis], columns
    ws[1:, 1:, styles] = columns[np.newaxis, :, styles]
    images = synthesize(generator, ws.reshape(-1, *rows.shape[1:]), batch=batch)
    images = images.reshape(*ws.shape[:2], *images.shape[1:])
    images[0, 0] = -1
    return images
