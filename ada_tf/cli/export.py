"""Write a trained generator as a SavedModel, which runs where only TensorFlow is installed.

    ada-export runs/00000-photos-auto --out=exported

A run is a run directory, or a checkpoint without its extension; the averaged weights are exported.
"""

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.files import printable


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    flags.DEFINE_string(
        "network",
        None,
        "Run directory or checkpoint; --network= may be left out.",
        flag_values=values,
    )
    flags.DEFINE_string("out", None, "Folder of the SavedModel.", flag_values=values)
    flags.DEFINE_boolean(
        "fp32",
        False,
        "Compute in float32 throughout, for serving on CPUs; default: as trained.",
        flag_values=values,
    )
    flags.DEFINE_boolean("overwrite", False, "Replace a SavedModel there.", flag_values=values)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to one call."""
    network = _values.run_of(argv, values.network)
    _values.require(("network", network, "runs/00000-photos-auto"), ("out", values.out, "exported"))
    from ada_tf.inference.generate import load_generator
    from ada_tf.interop.saved_model import export_saved_model

    generator, config = load_generator(network, fp32=values.fp32)
    path = export_saved_model(generator, values.out, config, overwrite=values.overwrite)
    print(f"Wrote {printable(path)}")


def run() -> None:
    """Entry point of `ada-export`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
