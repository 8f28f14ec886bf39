"""A generator as a TensorFlow SavedModel, which runs where only TensorFlow is installed.

    model = tf.saved_model.load("exported")  # keep it: the functions below use its weights
    generate = model.signatures["generate"]
    generate(seeds=tf.constant([1, 2], tf.int64), truncation_psi=tf.constant([0.7, 0.7]))["images"]

Signatures, all for any N and with constant noise; every input and output has N rows, as the row format
of TensorFlow Serving and its batching want it. Conditional generators also take labels wherever there
is z or seeds, and pull toward the mean w of that label: `label`, class numbers int32 [N], or where
there are attributes `labels`, vectors float32 [N, label_dim], see docs/labels.md:

    images        z float32 [N, z_dim], truncation_psi float32 [N] -> images float32 [N, H, W, C]
    mapping       z, truncation_psi                    -> ws float32 [N, num_ws, w_dim]
    synthesis     ws                                   -> images float32 [N, H, W, C]
    png           z, truncation_psi                    -> png_bytes, PNG files [N]
    generate      seeds int64 [N], truncation_psi      -> images uint8 or uint16 [N, H, W, C]
    generate_png  seeds, truncation_psi                -> png_bytes

`serving_default` is `images`. Whole numbers and PNG have as many bits as the pictures had that the
generator learnt from, 8 or 16; bands, which PNG cannot hold, have no PNG. `generate` draws z inside of
the graph: its seeds give other images than the seeds of ada-generate, whose z come from NumPy. Pass
those z to `images` or `png` to see the same images.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf

from ada_tf import png
from ada_tf.channels import RGBA
from ada_tf.interop.export.export_formats import graph_file
from ada_tf.interop.export.folders import CONFIG, describe, kind_of
from ada_tf.interop.export.functions import NAMES, Function, functions_of, module_of
from ada_tf.interop.foreign.foreign_model import read_meta_graph
from ada_tf.interop.graph_ops import SAVER
from ada_tf.interop.new_folder import new_folder
from ada_tf.marking import Mark
from ada_tf.models import Generator
from ada_tf.models.config import Architecture, architecture_of
from ada_tf.models.latent_generator import check_generator
from ada_tf.models.weights_hash import hash_of
from ada_tf.ops import random
from ada_tf.ops.pixels import to_uint8, to_uint16


def export_saved_model(
    generator: Generator, path, config, overwrite: bool = False, truncation: str = "class"
) -> pathlib.Path:
    """Write a generator as a SavedModel; it appears only when it is complete.

    Args:
        generator: usually the averaged one.
        path: a new folder.
        config: RunConfig or Architecture, as `load_generator` gives it; kept beside as
            `ada_tf.json`, without the places of the data.
        overwrite: replace a SavedModel that is there.
        truncation: what `truncation_psi` pulls toward, the mean of the "class" or the "global" one;
            see `generate`.

    Returns:
        The folder.

    Raises:
        UserError: the folder cannot be written, or exists and must not or should not be replaced.
    """
    check_generator(generator)
    path = pathlib.Path(path)
    kind = kind_of(path, "savedmodel")
    kind.check("out", path)
    with new_folder(path, overwrite, kind) as written:
        write(generator, config, written, truncation=truncation)
        (written / CONFIG).write_text(json.dumps(describe(config), indent=2) + "\n")
    return path


def write(
    generator,
    config,
    path,
    *,
    weights: str = "float32",
    batch: int | None = None,
    truncation: str = "class",
) -> list[pathlib.Path]:
    """Write a generator into an existing folder, as the modules of other formats do.

    Args:
        generator: a LatentGenerator; it computes as it does here.
        config: RunConfig or Architecture, as `load_generator` gives it.
        path: an existing folder; what is there is replaced.
        weights: "float32", of what is stored.
        batch: None, any.
        truncation: see `functions_of`.

    Returns:
        Paths of the files.
    """
    path = pathlib.Path(path)
    bits = 8 if isinstance(config, Architecture) else config.data.bits or 8
    attributes = architecture_of(config).num_attributes > 0
    functions = signatures(generator, truncation, attributes, bits)
    save(module_of(generator), path, functions)
    return [graph_file(path), *sorted((path / "variables").iterdir())]


def save(module: tf.Module, path, functions) -> None:
    """Save a module with its signatures, without a line about a folder that is not the final one."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("WARNING")
    try:
        tf.saved_model.save(module, str(path), signatures=functions)
    finally:
        logger.setLevel(level)


def signatures(
    generator: Generator, truncation: str = "class", attributes: bool = False, bits: int = 8
) -> dict:
    """The traced functions of an export, by name; see the top of this file.

    Args:
        generator: what is exported.
        truncation: see `export_saved_model`.
        attributes: labels are vectors, not class numbers.
        bits: of whole numbers.
    """
    of = functions_of(generator, truncation, attributes, standard=False)
    images, inputs = of["images"].call, of["images"].inputs
    seeds = {name: spec for name, spec in inputs.items() if name != "z"}
    seeds = {"seeds": tf.TensorSpec([None], tf.int64), **seeds}

    def whole(**inputs):
        found = images(**inputs)
        return to_uint8(found) if bits == 8 else to_uint16(found)

    def generate(seeds, **inputs):
        return whole(z=_latents(seeds, generator.z_dim), **inputs)

    # What a call made is not known before it; the network is.
    chunk = png.xmp_chunk(Mark(sha256=hash_of(generator)).xmp())

    def png_of(function):
        def marked(**inputs):
            found = tf.io.encode_png(function(**inputs))
            head = tf.strings.substr(found, 0, png.HEAD)
            return tf.strings.join([head, chunk, tf.strings.substr(found, png.HEAD, 2**31 - 1)])

        return marked

    found = {name: of[name].traced() for name in NAMES}
    found["serving_default"] = found["images"]
    found["generate"] = Function(generate, seeds, "images").traced()
    if found["images"].structured_outputs["images"].shape[-1] <= RGBA:
        # TensorFlow Serving writes what is called _bytes in base64.
        found["png"] = Function(png_of(whole), inputs, "png_bytes").traced()
        found["generate_png"] = Function(png_of(generate), seeds, "png_bytes").traced()
    return found


class Runner:
    """A SavedModel of `write`, on the CPU."""

    def __init__(self, folder):
        """Args: folder, of `write`."""
        with tf.device("CPU"):
            self._model = tf.saved_model.load(str(folder))

    def __call__(self, function: str, **inputs) -> np.ndarray:
        """The result of a function for arrays by name."""
        with tf.device("CPU"):
            tensors = {name: tf.constant(array) for name, array in inputs.items()}
            (result,) = self._model.signatures[function](**tensors).values()
        return result.numpy()


def operators(folder) -> list[str]:
    """Names of the operations of its functions."""
    library = read_meta_graph(graph_file(pathlib.Path(folder))).graph_def.library
    # Those that save and restore stand in functions, too, which nobody calls.
    return sorted({node.op for function in library.function for node in function.node_def} - SAVER)


def _latents(seeds, z_dim):
    """Draw z of each seed, whatever the others are: int64 [N] -> float32 [N, z_dim]."""
    base = random.fold_in(random.make_seed(0), "exported latents")
    return tf.map_fn(
        lambda seed: random.normal(random.fold_in(base, seed), [z_dim]),
        seeds,
        fn_output_signature=tf.TensorSpec([z_dim], tf.float32),
    )
