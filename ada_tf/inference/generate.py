"""Images from a trained generator."""

import dataclasses
import functools
import itertools
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.drawn_labels import labels_if_drawn
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.models import Generator, variables_by_name
from ada_tf.models.build import make_network
from ada_tf.models.label_vectors import by_label, label_means, label_vectors
from ada_tf.models.latent_generator import check_generator
from ada_tf.models.synthesis import NOISE_MODES
from ada_tf.ops import choice, graph, random
from ada_tf.training.runs.trained import Trained

# Check of weights, which may come from a stranger.


def _check_finite(generator, name: str) -> None:
    """Refuse weights that make every image black.

    Args:
        generator: built and loaded.
        name: of what it was loaded from.

    Raises:
        UserError: naming it and the first tensor that holds NaN or infinity.
    """
    for part, variable in variables_by_name(generator).items():
        if not np.isfinite(tf.convert_to_tensor(variable).numpy()).all():
            raise UserError(
                f"{printable(name)} holds NaN or infinity in {part} of the generator;"
                " give an older checkpoint of the run."
            )


def generator_of(trained: Trained, fp32: bool | None = None) -> Generator:
    """Build and load the averaged generator of trained networks; `fp32` as for `load_generator`."""
    architecture = trained.architecture
    network = architecture.network
    if fp32 or (not choice.on_gpu() and (fp32 is None or network.precision == "auto")):
        network = network.in_float32()
    generator = make_network(dataclasses.replace(architecture, network=network), "generator_ema")
    trained.restore(generator_ema=generator)
    generator.label_space = trained.label_space
    _check_finite(generator, trained.name)
    return generator


def generate(
    generator,
    z=None,
    *,
    seeds=None,
    labels=None,
    truncation_psi=1.0,
    truncation="class",
    noise_mode="const",
    noise_seed=0,
    batch=16,
) -> np.ndarray:
    """Images of any number of latents.

    Args:
        generator: a Generator.
        z: float [N, z_dim]; or give `seeds`.
        seeds: N integers, see `latents_from_seeds`.
        labels: of a conditional generator, one for all or N: class numbers, see `class_number`, or
            vectors of floats, as of `LabelSpace.vector`. None draws those of `seeds` as in the data, if
            the generator was loaded: `ada_tf.inference.drawn_labels`; else they are needed.
        truncation_psi: 1 is all the generator can do; towards 0 images get likelier and more alike.
        truncation: toward what: "class", the mean of the image's label, keeps it in its class;
            "global", the mean of all labels, is what published galleries show. Without labels both
            are the same. See `ada_tf.models.label_vectors`.
        noise_mode: "const", "none" or "random".
        noise_seed: integer, of the noise of "random", which depends on `batch` too.
        batch: images at a time.

    Returns:
        float32 [N, R, R, C], nominally in [-1, 1].

    Raises:
        UserError: an argument is outside of what is listed.
    """
    ws = map_latents(
        generator,
        z,
        seeds=seeds,
        labels=labels,
        truncation_psi=truncation_psi,
        truncation=truncation,
    )
    return synthesize(generator, ws, noise_mode, noise_seed, batch)


def map_latents(
    generator, z=None, *, seeds=None, labels=None, truncation_psi=1.0, truncation="class"
) -> np.ndarray:
    """Intermediate latents of any number of latents.

    Args:
        generator: a LatentGenerator.
        z: float [N, z_dim]; give this or `seeds`.
        seeds: N integers, each of which is a latent.
        labels: see `generate`.
        truncation_psi: see `generate`.
        truncation: see `generate`.

    Returns:
        float32 [N, num_ws, w_dim].

    Raises:
        UserError: see `generate`.
    """
    check_generator(generator)
    if (z is None) == (seeds is None):
        raise UserError("z and seeds: give exactly one, a float array [N, z_dim] or integers.")
    if z is None:
        z = latents_from_seeds(seeds, generator.z_dim)
    z = np.asarray(z, np.float32)
    if z.ndim != 2 or z.shape[1] != generator.z_dim or len(z) == 0:
        raise UserError(f"z of shape {list(z.shape)} must be [N, {generator.z_dim}], N at least 1.")
    if labels is None and seeds is not None:
        labels = labels_if_drawn(generator, seeds)
    labels = for_each(labels, len(z), generator.c_dim)
    vectors = None if labels is None else label_vectors(labels, generator.c_dim)
    mean = None
    if by_label(generator, truncation) and truncation_psi != 1:
        mean = label_means(generator, labels)
    return generator.map(tf.constant(z), vectors, truncation_psi, mean=mean).numpy()


def synthesize(generator, ws, noise_mode="const", noise_seed=0, batch=16) -> np.ndarray:
    """Images of intermediate latents.

    Args:
        generator: a LatentGenerator.
        ws: float [N, num_ws, w_dim], N at least 1.
        noise_mode: see `generate`.
        noise_seed: see `generate`.
        batch: images at a time.

    Returns:
        float32 [N, R, R, C], nominally in [-1, 1].

    Raises:
        UserError: see `generate`.
    """
    return np.concatenate(list(render(generator, ws, noise_mode, noise_seed, batch)))


def render(generator, ws, noise_mode="const", noise_seed=0, batch=16) -> Iterator[np.ndarray]:
    """Images of intermediate latents, a batch at a time, for more images than memory holds.

    All batches have one size inside, so that one program renders them all.

    Args:
        generator: a Generator.
        ws: float [N, num_ws, w_dim], N at least 1; or an iterator of float [num_ws, w_dim], for
            latents that are made as they are needed.
        noise_mode: see `generate`.
        noise_seed: see `generate`.
        batch: images at a time.

    Yields:
        float32 [batch, R, R, C]; the last may hold fewer images.

    Raises:
        UserError: `noise_mode` or `batch` is outside of what is listed.
    """
    check_generator(generator)
    if noise_mode not in NOISE_MODES:
        raise UserError(f"noise_mode={noise_mode!r} must be one of {', '.join(NOISE_MODES)}.")
    if batch < 1:
        raise UserError(f"batch={batch} must be at least 1.")

    program = _program(choice.on_gpu())
    seed = random.fold_in(random.make_seed(noise_seed), "noise")
    latents = ws if isinstance(ws, Iterator) else iter(np.asarray(ws, np.float32))
    start, size = 0, None
    while part := list(itertools.islice(latents, batch)):
        size = size or len(part)  # a first part that is not full is the only one
        padded = np.asarray([*part, *part[-1:] * (size - len(part))], np.float32)
        images = program(generator, tf.constant(padded), noise_mode, random.fold_in(seed, start))
        yield images[: len(part)].numpy()
        start += len(part)


@functools.cache
def _program(jit_compile: bool):
    """The compiled synthesis; kept, so that a next call of the same shapes does not trace again."""

    def program(generator, ws, noise_mode, seed):
        return generator.synthesis(ws, noise_mode=noise_mode, seed=seed)

    return graph(program, jit_compile)


def for_each(labels, count: int, c_dim: int) -> np.ndarray | None:
    """Labels of so many latents: class numbers, int [count], or vectors, float32 [count, c_dim].

    Args:
        labels: see `generate`.
        count: of the latents.
        c_dim: of the generator; without labels, 0, the result is None.

    Raises:
        UserError: see `generate`.
    """
    if not c_dim:
        if labels is not None:
            raise UserError(f"labels={labels}: this generator has no labels; leave them out.")
        return None
    numbers = f"class numbers of 0 to {c_dim - 1}, or vectors of {c_dim} numbers"
    if labels is None:
        raise UserError(f"labels=None: this generator needs {numbers}.")
    found = np.asarray(labels)
    shape = (c_dim,) if found.dtype.kind == "f" else ()
    if found.dtype.kind not in "iuf" or found.shape not in (shape, (count, *shape)):
        raise UserError(
            f"labels={labels} must be {numbers}: one label for all, or {count} of them."
        )
    if found.dtype.kind == "f":
        found = found.astype(np.float32)
        usable = np.isfinite(found).all()
    else:
        usable = found.min() >= 0 and found.max() < c_dim
    if not usable:
        raise UserError(f"labels={labels} must be {numbers}.")
    return np.broadcast_to(found, [count, *shape])
