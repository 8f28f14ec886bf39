"""Images of what intermediate latents do: style mixing."""

import itertools
from collections.abc import Iterator

import numpy as np

from ada_tf.errors import UserError
from ada_tf.inference.generate import map_latents, render
from ada_tf.inference.latents import layers_of
from ada_tf.models.latent_generator import check_generator


def mix_styles(
    generator,
    row_seeds,
    col_seeds,
    styles,
    *,
    labels=None,
    truncation_psi=1.0,
    truncation="class",
    noise_mode="const",
    batch=16,
) -> np.ndarray:
    """Every row image with some layers of every column image (arXiv 1812.04948, figure 3).

    Args:
        generator: a Generator.
        row_seeds: of the images whose layers are replaced.
        col_seeds: of the images that the layers come from.
        styles: which layers: numbers, of which small ones are coarse, 0 to num_ws - 1; or "coarse",
            "middle", "fine", see `ada_tf.inference.latents.GROUPS`.
        labels: one label for all; see `generate`.
        truncation_psi: see `generate`.
        truncation: see `generate`.
        noise_mode: see `generate`.
        batch: images at a time.

    Returns:
        float32 [rows + 1, columns + 1, R, R, C]: the row images in column 0, the column images in
        row 0, black in the corner.

    Raises:
        UserError: a layer does not exist.
    """
    options = {"labels": labels, "truncation_psi": truncation_psi, "truncation": truncation}
    layers_to_mix(generator, styles)  # before latents are mapped
    rows = map_latents(generator, seeds=row_seeds, **options)
    columns = map_latents(generator, seeds=col_seeds, **options)
    return np.stack(list(mixed_rows(generator, rows, columns, styles, noise_mode, batch=batch)))


def layers_to_mix(generator, styles) -> list[int]:
    """Numbers of the layers that a mixture has from its column; `styles` as of `mix_styles`.

    Raises:
        UserError: a layer does not exist, or the generator has one latent for all of its layers.
    """
    check_generator(generator)
    if generator.num_ws == 1:
        raise UserError(
            f"a {type(generator).__name__} has one latent for all of its layers, so there is nothing to"
            " mix; give a generator with styles, such as a StyleGAN2."
        )
    return layers_of(generator, styles)


def mixed_rows(
    generator, rows, columns, styles, noise_mode="const", noise_seed=0, batch=16
) -> Iterator[np.ndarray]:
    """The grid of `mix_styles` from intermediate latents, a row at a time.

    Args:
        generator: a Generator.
        rows: float [rows, num_ws, w_dim], of the images whose layers are replaced.
        columns: float [columns, num_ws, w_dim], of those that the layers come from.
        styles: see `mix_styles`.
        noise_mode: see `generate`.
        noise_seed: see `generate`.
        batch: images at a time.

    Yields:
        float32 [columns + 1, R, R, C], `rows` + 1 times: first black and the column images, then a row
        image and its mixtures.

    Raises:
        UserError: a layer does not exist.
    """
    layers = layers_to_mix(generator, styles)
    latents = _mixed_latents(rows, columns, layers)
    images = itertools.chain.from_iterable(
        render(generator, latents, noise_mode, noise_seed, batch)
    )
    first = list(itertools.islice(images, len(columns)))
    yield np.stack([np.full_like(first[0], -1), *first])
    for _ in rows:
        yield np.stack(list(itertools.islice(images, len(columns) + 1)))


def _mixed_latents(rows, columns, layers) -> Iterator[np.ndarray]:
    """Latents of a grid but for its corner: the columns, then each row and its mixtures.

    Args:
        rows: float [rows, num_ws, w_dim].
        columns: float [columns, num_ws, w_dim].
        layers: numbers of those that mixtures have from their column.

    Yields:
        [num_ws, w_dim].
    """
    yield from columns
    for row in rows:
        yield row
        for column in columns:
            mixed = row.copy()
            mixed[layers] = column[layers]
            yield mixed
