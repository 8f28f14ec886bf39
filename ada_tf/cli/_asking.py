"""What programs ask about one generator: the flags that they share, and what these open.

Each flag is a row of `FLAGS`. Imports nothing heavy, as `_program`.
"""

import functools
import pathlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from absl import flags

from ada_tf.cli import _values
from ada_tf.cli._pictures import FORMATS
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable
from ada_tf.models.config import TRUNCATIONS

flags.disclaim_key_flags()  # they are those of the program that defines them, for its --help

AT_A_TIME = 1000  # seeds whose latents are made together
# Name -> what defines it, and its arguments.
FLAGS = {
    "network": (
        flags.DEFINE_string,
        None,
        "Run directory or checkpoint; --network= may be left out.",
    ),
    "seeds": (flags.DEFINE_string, None, "Numbers and ranges, such as 1,2,5-10."),
    "ws": (
        flags.DEFINE_list,
        None,
        "Files of latents, as ada-project writes them, such as a.npz,b.npz: their pictures come after"
        " those of --seeds, which may then be left out. --trunc leaves them as they are.",
    ),
    "outdir": (flags.DEFINE_string, None, "Folder of the images."),
    "trunc": (
        flags.DEFINE_float,
        1.0,
        "Truncation psi: below 1 images get likelier and more alike.",
    ),
    "trunc_towards": (
        flags.DEFINE_enum,
        TRUNCATIONS[0],
        TRUNCATIONS,
        "Mean that truncation pulls towards: of the class, or of all classes as in published galleries.",
    ),
    "class": (
        flags.DEFINE_string,
        None,
        "Class, for generators trained with --cond: its name if it has one, or its number. A name goes"
        " before a number, and where names are numbers, numbers are names alone. Or a mixture of classes,"
        " such as cat:0.5,dog:0.5.",
    ),
    "label": (
        flags.DEFINE_string,
        None,
        "Attributes, for generators trained with them, such as smiling:1,age:0.3; the others are as most"
        " images have them.",
    ),
    "direction": (
        flags.DEFINE_string,
        None,
        "Where to push all of them, such as smile:2.5,sefa0:-1: names of ada-directions, and how far, in"
        " standard deviations of w along each.",
    ),
    "directions": (
        flags.DEFINE_string,
        None,
        "File or folder that ada-directions wrote; by default the folder directions of RUN.",
    ),
    "noise_mode": (
        flags.DEFINE_enum,
        "const",
        ["const", "random", "none"],
        "The same noise in all images, their own, none.",
    ),
    "format": (
        flags.DEFINE_enum,
        FORMATS[0],
        FORMATS,
        "What is written: PNG of 8 or of 16 bits, or arrays [H, W, C] of as many bits as the images had"
        " that the generator learnt from.",
    ),
    "batch": (functools.partial(flags.DEFINE_integer, lower_bound=1), 16, "Images at a time."),
    "overwrite": (flags.DEFINE_boolean, False, "Replace images of the same names."),
}


def define(values, *names: str) -> None:
    """Define flags of `FLAGS`.

    Args:
        values: where.
        names: of the flags.
    """
    for name in names:
        kind, *arguments = FLAGS[name]
        kind(name, *arguments, flag_values=values)


def network_of(argv, values) -> str:
    """The generator that a program is to read, given as an argument or as --network.

    Raises:
        UserError: there is none, or it is neither a path nor an address of the web.
    """
    network = _values.run_of(argv, values.network)
    _values.require(("network", network, "runs/00000-photos-auto"))
    return network


def outdir_of(values) -> pathlib.Path:
    """The folder of the results.

    Raises:
        UserError: there is none, or it is an address.
    """
    _values.require(("outdir", values.outdir, "out"))
    check_local("outdir", values.outdir)
    return pathlib.Path(values.outdir)


def seeds_of(values, flag: str = "seeds", instead: str | None = "ws") -> list[int]:
    """Seeds that a flag gives; none, if there is something else to show.

    Args:
        values: of the flags.
        flag: the one that gives them.
        instead: the flag with which it may be left out, if there is one.

    Raises:
        UserError: it is missing, or gives something else.
    """
    from ada_tf.inference.latents import MAX_SEED

    text = values[flag].value
    if text is None and instead is not None and values[instead].value:
        return []
    _values.require((flag, text, "0-15"))
    return _values.parse_numbers(flag, text, MAX_SEED)


def open_network(network: str):
    """What a generator lies in, a `Trained`; see `network_of`."""
    from ada_tf.inference.open_networks import open_trained

    return open_trained(_values.fetched(network))


def labels_of(values, trained, seeds: Sequence[int]):
    """The label of all seeds by --class and --label, as `generate` takes it; see `_values.label_of`."""
    if seeds:
        return _values.label_of(trained.label_space, values["class"].value, values.label)
    for flag in ("class", "label"):
        if values[flag].value is not None:
            _values.warn_ignored(flag, values[flag].value, "latents of files hold their label.")
    return None


class Latents(NamedTuple):
    """What is to be shown.

    Attributes:
        ws: iterator of float32 [num_ws, w_dim], made as they are taken, however many there are.
        names: of each, such as "seed0004" or, of the first in projected_w.npz, "projected_w00".
    """

    ws: Iterator
    names: list[str]


def latents_of(
    values, generator, seeds: Sequence[int], labels, flag: str = "ws", *, edit
) -> Latents:
    """Intermediate latents of seeds, truncated as the flags say, and then those of files.

    Args:
        values: of the flags --trunc, --trunc_towards and `flag`.
        generator: a LatentGenerator.
        seeds: may be none if there are files.
        labels: of the seeds, see `generate`.
        flag: the one that gives the files.
        edit: what is done to all of them, see `_steering.Steering.edit_of`.

    Raises:
        UserError: a file cannot be used, or there are two latents of a name.
    """
    from ada_tf.inference.generate import for_each

    names, files = [seed_name(seed) for seed in seeds], list(files_of(values, generator, flag))
    taken = set(names)
    for stem, ws in files:
        for name in (f"{stem}{number:02d}" for number in range(len(ws))):
            if name in taken:
                raise UserError(
                    f"{flag}={printable(','.join(values[flag].value))!r} gives two images the name"
                    f" {printable(name)}; rename a file."
                )
            taken.add(name)
            names.append(name)
    labels = for_each(labels, len(seeds), generator.c_dim) if seeds else None

    def latents():
        for start in range(0, len(seeds), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            of_part = None if labels is None else labels[part]
            yield from edit(seeds_to_ws(values, generator, seeds[part], of_part))
        for _, ws in files:
            yield from edit(ws)

    return Latents(latents(), names)


def seed_name(seed: int) -> str:
    """Of the image of a seed."""
    return f"seed{seed:04d}"


def seeds_to_ws(values, generator, seeds: Sequence[int], labels):
    """Intermediate latents of seeds by --trunc and --trunc_towards, float32 [N, num_ws, w_dim]."""
    from ada_tf.inference.generate import map_latents

    return map_latents(
        generator,
        seeds=seeds,
        labels=labels,
        truncation_psi=values.trunc,
        truncation=values.trunc_towards,
    )


def files_of(values, generator, flag: str):
    """(name without its ending, float32 [N, num_ws, w_dim]) of each file that a flag gives."""
    from ada_tf.inference.latents import read_ws

    for path in values[flag].value or ():
        check_local(flag, path)
        yield pathlib.Path(path).stem, read_ws(path, generator)
