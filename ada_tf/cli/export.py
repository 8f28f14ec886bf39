"""Write a trained generator as something that runs, or trains on, elsewhere.

    ada-export runs/00000-photos-auto --out=exported
    ada-export runs/00000-photos-auto --format=network --out=photos-network

A run is a run directory, or a checkpoint without its extension; the averaged weights are exported.

savedmodel runs where only TensorFlow is installed. network is a folder of weights for the programs of
ada_tf, with the discriminator, so that others can --resume from it: no pictures, no folders of yours.
"""

import dataclasses
import pathlib

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.models.config import TRUNCATIONS

FORMATS = ("savedmodel", "network")
WEIGHTS = ("float32", "float16")


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    flags.DEFINE_string(
        "network",
        None,
        "Run directory or checkpoint; --network= may be left out.",
        flag_values=values,
    )
    flags.DEFINE_string("out", None, "Folder of the result.", flag_values=values)
    flags.DEFINE_enum("format", FORMATS[0], FORMATS, "What is written.", flag_values=values)
    flags.DEFINE_enum(
        "weights",
        None,
        WEIGHTS,
        "Of a network: float16 is half the file, and images differ by a grey level at most.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "licence",
        None,
        "Of a network: under which licence others may use it, for its README.",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "fp32",
        False,
        "Compute in float32 throughout, for serving on CPUs; default: as trained.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "trunc_towards",
        None,
        TRUNCATIONS,
        "Of a SavedModel: the mean that truncation pulls towards, of the class, which is the default,"
        " or of all classes as in published galleries.",
        flag_values=values,
    )
    flags.DEFINE_boolean("overwrite", False, "Replace a SavedModel there.", flag_values=values)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to one call."""
    network = _values.run_of(argv, values.network)
    _values.require(("network", network, "runs/00000-photos-auto"), ("out", values.out, "exported"))
    if values.format == "network":
        path = write_network(values, network)
        print(f"Wrote {printable(path)}")
        return
    for name in ("licence", "weights"):
        if values[name].value is not None:
            raise UserError(f"{name} goes with --format=network; give both.")
    from ada_tf.inference.generate import load_generator
    from ada_tf.interop.saved_model import export_saved_model

    generator, config = load_generator(_values.fetched(network), fp32=values.fp32)
    truncation = values.trunc_towards or TRUNCATIONS[0]
    path = export_saved_model(generator, values.out, config, values.overwrite, truncation)
    print(f"Wrote {printable(path)}")


def write_network(values, network: str):
    """Flags to a network folder, whose path is returned."""
    for name in ("fp32", "overwrite", "trunc_towards"):
        if values[name].value:
            raise UserError(f"{name} goes with --format=savedmodel; leave it out.")
    from ada_tf.interop import network_folder
    from ada_tf.interop.network_folder import About
    from ada_tf.training.runs.as_network import as_network, kimg_of
    from ada_tf.training.runs.trained import open_trained

    trained = open_trained(_values.fetched(network))
    # A network that is written anew, in halves for one, still comes from where it came from.
    about = trained.about or About(name="", origin="ada-train", kimg=kimg_of(trained))
    licence = about.licence if values.licence is None else values.licence
    about = dataclasses.replace(about, name=pathlib.Path(values.out).name, licence=licence)
    return network_folder.write(
        as_network(trained, about), values.out, values.weights or WEIGHTS[0]
    )


def run() -> None:
    """Entry point of `ada-export`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
