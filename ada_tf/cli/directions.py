"""Find directions in which a trained generator can change its pictures, and show each.

    ada-directions runs/00000-photos-auto --outdir=dirs
    ada-directions runs/00000-photos-auto --methods=sefa --styles=coarse --count=4 --outdir=dirs
    ada-directions runs/00000-photos-auto --positive=smiling --negative=others --name=smile --outdir=dirs
    ada-directions --rename=sefa0:age,pca3:light --outdir=dirs
    ada-generate runs/00000-photos-auto --directions=dirs --direction=smile:2.5 --seeds=0-9 --outdir=out

RUN is as for ada-generate. Each direction gets a strip, NAME.png: a row for each seed, from -3 to 3
standard deviations of w along the direction, and last a map of where the row changes. NAME.json has the
numbers. directions.npz holds all directions of the folder; another call adds to it.

Methods: sefa, the largest change of styles by the weights alone (arXiv 2007.06600); pca, the largest
spread of w (arXiv 2004.02546). --positive and --negative give a plane between two sides, with its accuracy
on pictures that it was not fitted to. A side is seeds, folders of pictures of ada-generate sorted by hand
(their names are their seeds; give the same --class, --label and --trunc as there), or .npz files of
ada-project.
"""

import dataclasses
import os
import pathlib
import sys

from ada_tf.cli import _generator, _program, _values
from ada_tf.cli._directions import Side, folder_of, sides_of
from ada_tf.cli._flags import missing, option
from ada_tf.cli._generator import OfImages
from ada_tf.errors import UserError
from ada_tf.files import listed, printable
from ada_tf.inference.directions import FILE, METHODS, MOST, check_name

COLUMNS = 7
_ROWS = 32  # per strip: more fills memory, and nobody looks at it


def _methods(name: str, given: str) -> list[str]:
    """Methods with commas between them, each once."""
    found = given.split(",")
    if not set(found) <= set(METHODS):
        raise UserError(f"{name}={printable(given)[:80]} must be some of {', '.join(METHODS)}.")
    return list(dict.fromkeys(found))


def _new_names(name: str, given: str) -> dict[str, str]:
    """Old name -> new name, of "sefa0:smile,pca1:age"."""
    pairs = [part.strip().split(":") for part in given.split(",")]
    names = dict(pair for pair in pairs if len(pair) == 2)
    if len(names) < len(pairs):
        raise UserError(
            f"{name}={printable(given)[:80]} must be old and new names, such as"
            " sefa0:smile,pca1:age, and no name twice."
        )
    return names


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(OfImages):
    """Flags of ada-directions."""

    network: str | None = option(
        None,
        "Run directory or checkpoint; --network= may be left out.",
        read=_values.network,
        positional="RUN",
    )
    seeds: list[int] = option(
        (0, 1, 2, 3), "Rows of the strips, such as 1,2,5-10.", read=_values.seeds
    )
    outdir: pathlib.Path | None = option(
        None, "Folder of the results; default: the folder directions of RUN.", read=_values.path
    )
    methods: list[str] | None = option(
        None, "sefa, pca, or both, the default where no sides are given.", read=_methods
    )
    count: int = option(8, "Directions of each method.", at_least=1, at_most=1024)
    styles: list | None = option(
        None,
        "Layers that they move: numbers and ranges such as 0-2,5, and coarse, middle, fine; default:"
        " all.",
        read=_values.layers,
    )
    positive: list[str] | None = option(
        None, "Seeds, folders or .npz files of one side.", read=_values.words
    )
    negative: list[str] | None = option(
        None, "Seeds, folders or .npz files of the other.", read=_values.words
    )
    name: str = option(
        "sides", "Name of the direction from --negative to --positive.", read=_values.text
    )
    amount: float = option(
        3.0, "Ends of the strips, in standard deviations.", at_least=0, at_most=MOST
    )
    rename: dict[str, str] | None = option(
        None,
        "Give directions in --outdir other names, such as sefa0:smile,pca1:age.",
        read=_new_names,
    )
    overwrite: bool = option(False, "Replace files and directions of the same names.")

    def __post_init__(self):
        if self.network is None and (self.rename is None or self.outdir is None):
            raise missing("outdir", "dirs") if self.rename else missing("network", _generator.RUN)
        if len(self.seeds) > _ROWS:
            given = self.given["seeds"][:80]
            raise UserError(f"seeds={given} must be at most {_ROWS}, the rows of a strip.")

    @property
    def folder(self) -> pathlib.Path:
        """The folder of the results.

        Raises:
            UserError: no flag gives it, and the network is no run.
        """
        home = None if self.network is None else folder_of(self.network)
        if self.outdir is None and home is None:
            raise missing("outdir", "out")
        return home if self.outdir is None else self.outdir


def main(flags: Flags) -> None:
    """Find directions, or rename some."""
    outdir = flags.folder
    if flags.rename is not None:
        rename(flags.rename, outdir)
        return
    flags.check()
    sides = sides_of(flags.positive, flags.negative)
    methods = flags.methods or ([] if sides else list(METHODS))
    layers = flags.given.get("styles")
    ending = "" if layers is None else f"@{'+'.join(map(str.strip, layers.split(',')))}"
    names = [f"{method}{number}{ending}" for method in methods for number in range(flags.count)]
    if sides is not None:
        names.append(check_name("name", flags.name))
    check_name("styles", names[0])
    if len(set(names)) < len(names):
        raise UserError(f"name={flags.name} is that of another direction; choose another.")
    if not flags.overwrite:
        _values.refuse_taken("outdir", outdir, [f"{name}.png" for name in names])
    _values.check_folder("outdir", outdir)

    from ada_tf.inference.directions import read_directions, save_directions
    from ada_tf.inference.drawn_labels import drawn_labels
    from ada_tf.inference.find_directions import direction_between, find_directions, methods_for
    from ada_tf.inference.generate import generator_of
    from ada_tf.inference.w_samples import SAMPLES

    trained = flags.open()
    label = _label_of(flags, trained, sides)
    generator = generator_of(trained)
    file = outdir / FILE
    kept = read_directions(file, generator) if os.path.lexists(file) else {}
    options = {
        "styles": flags.styles,
        "labels": drawn_labels(trained.label_space, SAMPLES) if label is None else label,
    }
    found = {}
    if flags.methods is None:
        methods = [method for method in methods if method in methods_for(generator)]
    if methods:
        found = find_directions(generator, methods, count=flags.count, **options)
        found = {f"{name}{ending}": one for name, one in found.items()}
    if sides is not None:
        both = (_ws_of(side, flags, generator, label) for side in sides)
        found[flags.name] = direction_between(*both, generator, **options)
    if not flags.overwrite:
        _refuse_named(outdir, found, kept)
    labels = drawn_labels(trained.label_space, len(flags.seeds)) if label is None else label
    ws = flags.seeds_to_ws(generator, flags.seeds, labels)
    _values.make_folder("outdir", outdir)
    show(found, generator, ws, flags, outdir)
    save_directions(file, kept | {name: one.direction for name, one in found.items()})
    print(f"Wrote {_values.counted(len(found), 'direction')} to {printable(outdir)}")


def _label_of(flags: Flags, trained, sides):
    """The one label that is asked for; None without labels, and where labels are drawn.

    Raises:
        UserError: there is none, and sides of seeds need one.
    """
    by_seeds = sides is not None and any(side.seeds for side in sides)
    asked = flags.class_ is not None or flags.label is not None
    if trained.label_space.label_dim and not by_seeds and not asked:
        return None
    return flags.label_of(trained.label_space, flags.class_, flags.label)


def _ws_of(side: Side, flags: Flags, generator, label):
    """The latents of a side, float32 [N, num_ws, w_dim]: of its seeds, then of its files."""
    import numpy as np

    from ada_tf.inference.latents import read_ws

    at_a_time = _generator.AT_A_TIME
    parts, starts = [], range(0, len(side.seeds), at_a_time)
    batches = [side.seeds[start : start + at_a_time] for start in starts]
    if batches:
        found = [flags.seeds_to_ws(generator, seeds, label)[:, :1] for seeds in batches]
        w = np.concatenate(found)  # one w for all layers, whose rows are views of it
        parts.append(np.broadcast_to(w, [len(w), generator.num_ws, w.shape[2]]))
    parts += [read_ws(path, generator) for path in side.files]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _refuse_named(outdir: pathlib.Path, found, kept) -> None:
    """Refuse to replace directions of a file.

    Raises:
        UserError: one of them has the name of another.
    """
    both = [name for name in found if name in kept]
    if both:
        raise UserError(
            f"outdir={printable(outdir)!r} already holds directions called {listed(both)}; choose another"
            " or give --overwrite."
        )


def show(found, generator, ws, flags: Flags, outdir: pathlib.Path) -> None:
    """Write the strip and the report of each direction, and print a line of each."""
    import numpy as np

    from ada_tf.inference.direction_reports import strip_of, write_report
    from ada_tf.progress import progress

    mark = flags.mark_of(generator, flags.network, "")
    amounts = np.linspace(-flags.amount, flags.amount, COLUMNS)
    with progress(len(found) * len(ws) * COLUMNS, "strips") as bar:
        for name, one in found.items():
            strip = strip_of(generator, one.direction, ws, amounts, flags.noise_mode, flags.batch)
            bar.update(len(ws) * COLUMNS)
            print(f"{name}: {write_report(outdir, name, one, strip, mark)}")
            if one.is_chance:
                print(
                    f"warning: {name} tells its sides apart no better than guessing does; give more"
                    " pictures, or sort them by something that the generator knows.",
                    file=sys.stderr,
                )


def rename(names: dict[str, str], outdir: pathlib.Path) -> None:
    """Give directions of a folder other names."""
    from ada_tf.inference.direction_reports import rename_directions

    rename_directions(outdir, names)
    print(f"Renamed {', '.join(f'{old} to {new}' for old, new in names.items())}")


def run() -> None:
    """Entry point of `ada-directions`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
