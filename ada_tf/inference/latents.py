"""Latents from seeds: the same seed, the same z, whatever the batch."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.npz_file import read_arrays, save_arrays

# Files of intermediate latents, such as those of projected pictures: key `w`, [N, num_ws, w_dim].

_KEY = "w"


def read_ws(path, generator) -> np.ndarray:
    """The intermediate latents of an .npz file, which may be a stranger's.

    Args:
        path: of the file; other arrays than `w` in it are left alone.
        generator: a LatentGenerator that they are to fit.

    Returns:
        float32 [N, num_ws, w_dim], N at least 1.

    Raises:
        UserError: the file is damaged, holds none, or they do not fit.
    """
    found = read_arrays(path).get(_KEY)
    wanted = [generator.num_ws, generator.w_dim]
    if found is None:
        raise UserError(f"{printable(path)} holds no array {_KEY!r}; give a file of ada-project.")
    if found.dtype.kind != "f" or list(found.shape[1:]) != wanted or len(found) == 0:
        raise UserError(
            f"{printable(path)} holds {_KEY} of shape {list(found.shape)}, {found.dtype}, where this"
            f" generator takes floats [N, {wanted[0]}, {wanted[1]}], N at least 1."
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused
        ws = np.asarray(found, np.float32)
    if not np.isfinite(ws).all():
        raise UserError(f"{printable(path)} holds NaN or infinity in {_KEY}.")
    return ws


def save_ws(path, ws, **more) -> None:
    """Write intermediate latents; the file appears only when it is complete.

    Args:
        path: of the file, which is replaced.
        ws: float [N, num_ws, w_dim].
        more: other arrays of numbers, by name.

    Raises:
        UserError: it cannot be written.
    """
    save_arrays(path, {_KEY: np.asarray(ws, np.float32), **more})


# Names of synthesis layers: numbers, and the resolutions they work at.

# Names of resolutions as of arXiv 1812.04948, section 3.1: the lowest and the highest.
GROUPS = {"coarse": (4, 8), "middle": (16, 32), "fine": (64, 2**30)}


def layers_of(generator, styles, argument: str = "styles") -> list[int]:
    """Numbers of layers.

    Args:
        generator: a LatentGenerator.
        styles: one of `GROUPS`; or several, each of `GROUPS` or a number of 0, the coarsest, to
            num_ws - 1.
        argument: what they are called in messages.

    Returns:
        Those numbers, rising, each once.

    Raises:
        UserError: a layer does not exist.
    """
    found = set()
    for style in [styles] if isinstance(styles, str) else list(styles):
        if isinstance(style, str) and style in GROUPS:
            found.update(_group(generator, style, argument))
        elif style in range(generator.num_ws):
            found.add(int(style))
        else:
            given = styles if isinstance(styles, str) else ",".join(map(str, styles))
            raise UserError(
                f"{argument}={given} must be layers of 0 to {generator.num_ws - 1}, or of"
                f" {', '.join(GROUPS)}."
            )
    return sorted(found)


def resolutions_of(generator) -> list[int]:
    """The block in which each intermediate latent is used first, [num_ws]: 4, 8, 8, 16, 16, ...

    A block of `Shape.blocks` is called by the side that squares of a power of two have there. The last
    latent is that of the image layer of the last block alone.

    Returns:
        Nothing, if the generator is of a family whose layers have no resolutions.
    """
    synthesis = generator.synthesis
    blocks, shape = getattr(synthesis, "blocks", None), getattr(synthesis, "shape", None)
    if not blocks or shape is None:
        return []
    found = [
        r for r, block in zip(shape.blocks, blocks, strict=True) for _ in range(block.num_conv)
    ]
    return [*found, shape.top]


def _group(generator, name: str, argument: str) -> list[int]:
    low, high = GROUPS[name]
    resolutions = resolutions_of(generator)
    found = [layer for layer, r in enumerate(resolutions) if low <= r <= high]
    if not found:
        there = [g for g, (least, _) in GROUPS.items() if least <= max(resolutions, default=0)]
        accepted = [*there, f"numbers of 0 to {generator.num_ws - 1}"]
        raise UserError(
            f"{argument}={name!r}: this generator has no layers of {low} pixels or more; give"
            f" {' or '.join(accepted)}."
        )
    return found


# Values of flags, read by programs before TensorFlow is imported.

# Ways from picture to picture of a film, see `ada_tf.inference.film`.
FILM_PATHS = ("spline", "straight", "slerp", "circle")
# Where a latent is looked for, see `ada_tf.inference.projection.ProjectionConfig`.
PROJECTION_SPACES = ("w", "w+")
# The networks of a blend, see `ada_tf.inference.blend`.
BLEND_SIDES = ("low", "high")


MAX_SEED = 2**32 - 1  # what numpy.random.RandomState takes


def latents_from_seeds(seeds, z_dim: int) -> np.ndarray:
    """Draw z ~ N(0, I) for each seed: RandomState(seed).randn(1, z_dim), as published galleries do.

    Args:
        seeds: integers of 0 to `MAX_SEED`.
        z_dim: width of the latents.

    Returns:
        float32 [len(seeds), z_dim].
    """
    z = np.empty([len(seeds), z_dim], np.float32)
    for row, seed in zip(z, seeds, strict=True):
        row[:] = np.random.RandomState(seed).randn(1, z_dim)[0]
    return z
