"""A generator as a TensorFlow SavedModel, which runs where only TensorFlow is installed.

    model = tf.saved_model.load("exported")  # keep it: the functions below use its weights
    generate = model.signatures["generate"]
    generate(seeds=tf.constant([1, 2], tf.int64), truncation_psi=tf.constant(0.7))["images"]

Signatures, all for any N and with constant noise; conditional generators also take labels wherever
there is z or seeds, and pull toward the mean w of that label: `label`, class numbers int32 [N], or
where there are attributes `labels`, vectors float32 [N, label_dim], see docs/labels.md:

    serving_default  z float32 [N, z_dim], truncation_psi [] -> images float32 [N, R, R, C]
    generate         seeds int64 [N], truncation_psi []      -> images uint8 or uint16 [N, R, R, C]
    mapping          z, truncation_psi                       -> ws float32 [N, num_ws, w_dim]
    synthesis        ws                                      -> images float32 [N, R, R, C]

`generate` gives numbers of as many bits as the pictures had that the generator learnt from, 8 or 16. It
draws z inside of the graph: its seeds give other images than the seeds of ada-generate,
whose z come from NumPy. Pass those z to `serving_default` to see the same images.
"""

import json
import pathlib

import tensorflow as tf

from ada_tf import formats
from ada_tf.files import check_tensorflow_path, read_json, reading
from ada_tf.interop.functions import functions_of
from ada_tf.interop.new_folder import new_folder
from ada_tf.models import Generator, variables_by_name
from ada_tf.models.config import Architecture
from ada_tf.ops import graph, random
from ada_tf.ops.pixels import to_uint8, to_uint16
from ada_tf.settings import to_dict

CONFIG = "ada_tf.json"
# What may lie in a SavedModel that is overwritten, with what Keras 2 writes.
PARTS = {"variables", "assets", "assets.extra", "debug", "fingerprint.pb",
         "keras_metadata.pb", CONFIG}  # fmt: skip


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
    check_tensorflow_path("out", path)
    path = pathlib.Path(path)
    plain = isinstance(config, Architecture)
    of, bits = (config, 8) if plain else (config.architecture, config.data.bits or 8)
    with new_folder(path, overwrite, "a SavedModel", "saved_model.pb", PARTS) as written:
        module = tf.Module()
        # Keras variables are not tracked by tf.Module, the TensorFlow variables inside of them are.
        module.weights = {
            name: variable.value for name, variable in variables_by_name(generator).items()
        }
        functions = signatures(generator, truncation, of.num_attributes > 0, bits)
        tf.saved_model.save(module, str(written), signatures=functions)
        (written / CONFIG).write_text(json.dumps(describe(config), indent=2) + "\n")
    return path


def signatures(
    generator: Generator, truncation: str = "class", attributes: bool = False, bits: int = 8
) -> dict:
    """The traced functions of an export, by name; see the top of this file.

    Args:
        generator: what is exported.
        truncation: see `export_saved_model`.
        attributes: labels are vectors, not class numbers.
        bits: of the numbers of `generate`.
    """
    of = functions_of(generator, truncation, attributes, standard=False)
    images, inputs = of["images"].call, of["images"].inputs
    inputs = {**inputs, "truncation_psi": tf.TensorSpec([], tf.float32)}
    seeds = {name: spec for name, spec in inputs.items() if name != "z"}
    seeds = {"seeds": tf.TensorSpec([None], tf.int64), **seeds}

    def generate(seeds, **inputs):
        drawn = images(z=_latents(seeds, generator.z_dim), **inputs)
        return to_uint8(drawn) if bits == 8 else to_uint16(drawn)

    def traced(function, specs, output):
        def named(**inputs):
            return {output: function(**inputs)}

        return graph(named).get_concrete_function(**specs)

    return {
        "serving_default": traced(images, inputs, "images"),
        "generate": traced(generate, seeds, "images"),
        "mapping": traced(of["mapping"].call, inputs, "ws"),
        "synthesis": traced(of["synthesis"].call, of["synthesis"].inputs, "images"),
    }


def describe(config) -> dict:
    """What an export says about its network: no folders of who trained it."""
    description = to_dict(config)
    # An Architecture knows the shape of the images alone.
    data = description.get("data", description)
    names = ("resolution", "channels", "bits", "mirror", "shape")
    description["data"] = {name: data[name] for name in names if name in data}
    if description.get("resume") is not None:  # what it started from, of which a licence may follow
        description["resume"] = pathlib.PurePath(description["resume"]).name
    return formats.stamped(formats.EXPORT, description)


def check_format(path) -> None:
    """Refuse an export of which another version of ada_tf has written what its signatures mean.

    Args:
        path: of a SavedModel, which may come from anywhere: without our file it is of no format.

    Raises:
        OtherFormat: its format is not known.
        UserError: the file is there, but cannot be read.
    """
    path = pathlib.Path(path)
    if (path / CONFIG).exists():
        with reading(path / CONFIG, "the description of an export"):
            formats.current(formats.EXPORT, read_json(path / CONFIG), path)


def _latents(seeds, z_dim):
    """Draw z of each seed, whatever the others are: int64 [N] -> float32 [N, z_dim]."""
    base = random.fold_in(random.make_seed(0), "exported latents")
    return tf.map_fn(
        lambda seed: random.normal(random.fold_in(base, seed), [z_dim]),
        seeds,
        fn_output_signature=tf.TensorSpec([z_dim], tf.float32),
    )
