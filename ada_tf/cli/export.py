"""Write a trained generator as something that runs, or trains on, elsewhere.

    ada-export runs/00000-photos-auto --out=exported
    ada-export runs/00000-photos-auto --format=onnx --weights=float16 --out=faces
    ada-export runs/00000-photos-auto --format=web --out=faces.html
    ada-export runs/00000-photos-auto --format=network --out=photos-network

A run is a run directory, or a checkpoint without its extension; the averaged weights are exported.
docs/export.md has a section on each format.
"""

import dataclasses
import pathlib

from absl import flags

from ada_tf.cli import _asking, _page, _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable
from ada_tf.interop.export.export_formats import FORMATS, takers
from ada_tf.interop.export.folders import check_carried, check_network
from ada_tf.models.config import TRUNCATIONS

WEIGHTS = ("float32", "float16")
MAX_BATCH = 1024
# What some formats take alone.
SOME_TAKE = sorted(set().union(*(row.takes for row in FORMATS.values())))


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    flags.DEFINE_string(
        "network",
        None,
        "Run directory or checkpoint; --network= may be left out.",
        flag_values=values,
    )
    flags.DEFINE_string("out", None, "Folder of the result.", flag_values=values)
    flags.DEFINE_enum(
        "format",
        next(iter(FORMATS)),
        list(FORMATS),
        "; ".join(f"{name}: {row.help}" for name, row in FORMATS.items()) + ".",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "weights",
        None,
        WEIGHTS,
        f"Of {_listed('weights')}: float16 is half the file, and images differ by a few levels of 255 at most.",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "batch",
        None,
        f"Of {_listed('batch')}: the only number of pictures a call; default: any, or 1 where there has"
        " to be one.",
        lower_bound=1,
        upper_bound=MAX_BATCH,
        flag_values=values,
    )
    flags.DEFINE_string(
        "licence",
        None,
        f"Of {_listed('licence')}: under which licence others may use it, for its README.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "data_licence",
        None,
        f"Of {_listed('data_licence')}: the licence of the pictures that it learnt from, likewise.",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "fp32",
        False,
        f"Of {_listed('fp32')}: compute in float32 throughout, for serving on CPUs; default: as trained. Other"
        " formats do so in any case.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "trunc_towards",
        None,
        TRUNCATIONS,
        f"Of {_listed('trunc_towards')}: the mean that truncation pulls towards, of the class, which is the"
        " default, or of all classes as in published galleries.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "runtime",
        None,
        f"Of {_listed('runtime')}: folder of the npm package onnxruntime-web; by default node_modules beside"
        " --out or here, and above.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "directions",
        None,
        f"Of {_listed('directions')}: file or folder that ada-directions wrote, of sliders; by default the"
        " folder directions of RUN, or else some that are found.",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "overwrite",
        False,
        f"Of {_listed('overwrite')}: replace an export of this format there.",
        flag_values=values,
    )


def _listed(flag: str) -> str:
    """The formats that take a flag, as a sentence lists them."""
    *others, last = takers(flag)
    return f"{', '.join(others)} or {last}" if others else last


def main(argv, values=flags.FLAGS) -> None:
    """Flags to one call."""
    network = _values.run_of(argv, values.network)
    _values.require(("network", network, "runs/00000-photos-auto"), ("out", values.out, "exported"))
    for flag in SOME_TAKE:
        given = values[flag].value not in (None, False)
        if given and flag not in FORMATS[values.format].takes:
            raise UserError(f"{flag} goes with --format={_listed(flag)}, not with {values.format}.")
    lines = WRITERS[values.format](values, network)
    print("\n".join([*lines, f"Wrote {printable(pathlib.Path(values.out))}"]))


def write_carried(values, network: str) -> list[str]:
    """Flags to a format that computes elsewhere, and what there is to say of it."""
    check_carried(values.out, values.format, values.overwrite)
    from ada_tf.inference.export import export_generator
    from ada_tf.inference.generate import generator_of
    from ada_tf.metrics.card_facts import facts_of

    trained = _asking.open_network(network)
    row = FORMATS[values.format]
    report = export_generator(
        generator_of(trained, fp32=values.fp32 if row.as_trained else True),
        trained.config,
        values.out,
        values.format,
        weights=values.weights,
        batch=values.batch,
        truncation=values.trunc_towards or TRUNCATIONS[0],
        overwrite=values.overwrite,
        facts=facts_of(trained, name_of(values.out), values.licence, values.data_licence),
    )
    return report.lines()


def write_web(values, network: str) -> list[str]:
    """Flags to a page, and how large it is."""
    check_local("out", values.out)
    out = pathlib.Path(values.out)
    runtime = _page.runtime_of(values.runtime, [out.parent, pathlib.Path.cwd()])
    _page.write_page(
        network,
        out,
        runtime,
        weights=values.weights,
        truncation=values.trunc_towards,
        directions=values.directions,
        overwrite=values.overwrite,
    )
    files = [out] if out.is_file() else list(out.iterdir())
    return [f"Size: {sum(file.stat().st_size for file in files) / 1e6:.3g} MB."]


def write_network(values, network: str) -> list[str]:
    """Flags to a network folder, of which its README tells."""
    check_network(values.out)
    from ada_tf.inference.export import card_pictures
    from ada_tf.inference.generate import generator_of
    from ada_tf.inference.open_networks import as_network
    from ada_tf.interop import network_folder
    from ada_tf.interop.network_folder import About
    from ada_tf.metrics.card_facts import facts_of

    trained = _asking.open_network(network)
    facts = facts_of(trained, name_of(values.out), values.licence, values.data_licence)
    about = trained.about or About(name="")
    # A network that is written anew, in halves for one, still comes from where it came from.
    carried = ("name", "origin", "licence", "data_licence", "images", "kimg")
    about = dataclasses.replace(about, **{field: getattr(facts, field) for field in carried})
    network_folder.write(
        as_network(trained, about, GROUPS[values.format]),
        values.out,
        values.weights or FORMATS[values.format].weights[0],
        facts,
        card_pictures(generator_of(trained, fp32=True)),
    )
    return []


def name_of(out: str) -> str:
    """What an export is called: as its folder is, or that of its versions."""
    path = pathlib.Path(out).absolute()
    return path.parent.name if path.name.isdecimal() and path.parent.name else path.name


# What a network folder holds: a discriminator, which knows the training pictures, is for --resume alone.
GROUPS = {"keras": ("generator_ema",), "network": ("generator_ema", "discriminator")}
WRITERS = {
    "savedmodel": write_carried,
    "keras": write_network,
    "network": write_network,
    "onnx": write_carried,
    "litert": write_carried,
    "web": write_web,
}


def run() -> None:
    """Entry point of `ada-export`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
