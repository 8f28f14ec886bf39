"""Find directions in which a trained generator can change its pictures, and show what each does.

    ada-directions runs/00000-photos-auto --outdir=dirs
    ada-directions runs/00000-photos-auto --methods=sefa --styles=coarse --count=4 --outdir=dirs
    ada-directions runs/00000-photos-auto --positive=smiling --negative=others --name=smile --outdir=dirs
    ada-directions --rename=sefa0:age,pca3:light --outdir=dirs
    ada-generate runs/00000-photos-auto --directions=dirs --direction=smile:2.5 --seeds=0-9 --outdir=out

A run is what ada-generate takes. Each direction gets NAME.png, a strip: a row for each seed, from -3 to 3
standard deviations of w along the direction, and last where the row changes. NAME.json says the same in
numbers. directions.npz holds all directions that were written there; another call adds to it.

Methods: sefa, what changes the styles most by the weights alone (arXiv 2007.06600); pca, where w spreads
most (arXiv 2004.02546). With --positive and --negative, a plane between two sides, with the accuracy it
has on pictures that it was not fitted to: seeds, folders of pictures sorted by hand that ada-generate has
written (their names are their seeds; give the same --class, --label and --trunc as there), and .npz files
of ada-project.
"""

import os
import pathlib
import sys

from absl import flags

from ada_tf.cli import _asking, _program, _sides, _steering, _values
from ada_tf.errors import UserError
from ada_tf.files import listed, printable
from ada_tf.inference.directions import FILE, METHODS, MOST, check_name

STRIP_SEEDS, COLUMNS = "0-3", 7
ROWS = 32  # of a strip: more fills memory, and nobody looks at it


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    _asking.define(
        values, "network", "seeds", "outdir", "trunc", "trunc_towards", "class", "label", "noise_mode",
        "batch", "overwrite",
    )  # fmt: skip
    values.set_default("seeds", STRIP_SEEDS)
    values["seeds"].help = "Rows of the strips, such as 1,2,5-10."
    values["outdir"].help = "Folder of the results; by default the folder directions of RUN."
    flags.DEFINE_list(
        "methods", None, "sefa, pca, or both, the default where no sides are given.", **add
    )
    flags.DEFINE_integer("count", 8, "Directions of each method.", 1, 1024, **add)
    flags.DEFINE_list(
        "styles",
        None,
        "Layers that they move: numbers and ranges such as 0-2,5, and coarse, middle, fine; by default all.",
        **add,
    )
    flags.DEFINE_list("positive", None, "Seeds, folders or .npz files of one side.", **add)
    flags.DEFINE_list("negative", None, "Those of the other side.", **add)
    flags.DEFINE_string("name", "sides", "Of the direction from --negative to --positive.", **add)
    flags.DEFINE_float("amount", 3.0, "Where strips end, in standard deviations.", 0.0, MOST, **add)
    flags.DEFINE_string(
        "rename",
        None,
        "Give directions in --outdir other names, such as sefa0:smile,pca1:age.",
        **add,
    )


def main(argv, values=flags.FLAGS) -> None:
    """Flags to directions."""
    if values.rename is not None:
        rename(values.rename, outdir_of(argv, values))
        return
    network, outdir = _asking.network_of(argv, values), outdir_of(argv, values)
    seeds, sides = _asking.seeds_of(values, instead=None), _sides.sides_of(values)
    if len(seeds) > ROWS:
        raise UserError(f"seeds={values.seeds[:80]} must be at most {ROWS}, the rows of a strip.")
    methods = methods_of(values, sides)
    styles = None if values.styles is None else _values.parse_layers("styles", values.styles)
    ending = "" if styles is None else f"@{'+'.join(map(str.strip, values.styles))}"
    names = [f"{method}{number}{ending}" for method in methods for number in range(values.count)]
    if sides is not None:
        names.append(check_name("name", values.name))
    check_name("styles", names[0])
    if len(set(names)) < len(names):
        raise UserError(f"name={values.name} is that of another direction; choose another.")
    if not values.overwrite:
        _values.refuse_taken("outdir", outdir, [f"{name}.png" for name in names])

    from ada_tf.inference.directions import read_directions, save_directions
    from ada_tf.inference.find_directions import direction_between, find_directions
    from ada_tf.inference.generate import generator_of
    from ada_tf.inference.w_samples import SAMPLES, drawn_labels

    trained = _asking.open_network(network)
    label = label_of(values, trained, sides)
    generator = generator_of(trained)
    file = outdir / FILE
    kept = read_directions(file, generator) if os.path.lexists(file) else {}
    options = {
        "styles": styles,
        "labels": drawn_labels(trained.label_space, SAMPLES) if label is None else label,
    }
    found = {}
    if methods:
        found = find_directions(generator, methods, count=values.count, **options)
        found = {f"{name}{ending}": one for name, one in found.items()}
    if sides is not None:
        both = (ws_of(side, values, generator, label) for side in sides)
        found[values.name] = direction_between(*both, generator, **options)
    if not values.overwrite:
        refuse_named(outdir, found, kept)
    labels = drawn_labels(trained.label_space, len(seeds)) if label is None else label
    ws = _asking.seeds_to_ws(values, generator, seeds, labels)
    _values.make_folder("outdir", outdir)
    show(found, generator, ws, values, outdir)
    save_directions(file, kept | {name: one.direction for name, one in found.items()})
    print(f"Wrote {len(found)} direction{'s' * (len(found) > 1)} to {printable(outdir)}")


def outdir_of(argv, values) -> pathlib.Path:
    """--outdir, or the folder directions of the run.

    Raises:
        UserError: there is neither.
    """
    network = _values.run_of(argv, values.network)
    home = None if network is None else _steering.folder_of(network)
    return home if values.outdir is None and home is not None else _asking.outdir_of(values)


def methods_of(values, sides) -> list[str]:
    """What is asked for by --methods: without sides, all there are.

    Raises:
        UserError: it is something else.
    """
    if values.methods is None:
        return [] if sides else list(METHODS)
    if not values.methods or not set(values.methods) <= set(METHODS):
        raise UserError(
            f"methods={printable(','.join(values.methods))[:80]} must be of {', '.join(METHODS)}."
        )
    return list(dict.fromkeys(values.methods))


def label_of(values, trained, sides):
    """The one label that is asked for; None without labels, and of those that are drawn.

    Raises:
        UserError: there is none, and sides of seeds need one.
    """
    by_seeds = sides is not None and any(side.seeds for side in sides)
    asked = values["class"].value is not None or values.label is not None
    if trained.label_space.label_dim and not by_seeds and not asked:
        return None
    return _values.label_of(trained.label_space, values["class"].value, values.label)


def ws_of(side, values, generator, label):
    """The latents of a side, float32 [N, num_ws, w_dim]: of its seeds, then of its files."""
    import numpy as np

    from ada_tf.inference.latents import read_ws

    parts, starts = [], range(0, len(side.seeds), _asking.AT_A_TIME)
    batches = [side.seeds[start : start + _asking.AT_A_TIME] for start in starts]
    if batches:
        found = [_asking.seeds_to_ws(values, generator, seeds, label)[:, :1] for seeds in batches]
        w = np.concatenate(found)  # the same for all layers, of which the rest is a view
        parts.append(np.broadcast_to(w, [len(w), generator.num_ws, w.shape[2]]))
    parts += [read_ws(path, generator) for path in side.files]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def refuse_named(outdir: pathlib.Path, found, kept) -> None:
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


def show(found, generator, ws, values, outdir: pathlib.Path) -> None:
    """Write what each direction does, and say it in a line."""
    import numpy as np

    from ada_tf.inference.direction_reports import strip_of, write_report
    from ada_tf.progress import progress

    amounts = np.linspace(-values.amount, values.amount, COLUMNS)
    with progress(len(found) * len(ws) * COLUMNS, "strips") as bar:
        for name, one in found.items():
            strip = strip_of(generator, one.direction, ws, amounts, values.noise_mode, values.batch)
            bar.update(len(ws) * COLUMNS)
            print(f"{name}: {write_report(outdir, name, one, strip)}")
            if one.is_chance:
                print(
                    f"warning: {name} tells its sides apart no better than guessing does; give more"
                    " pictures, or sort them by something that the generator knows.",
                    file=sys.stderr,
                )


def rename(text: str, outdir: pathlib.Path) -> None:
    """--rename to other names in --outdir."""
    from ada_tf.inference.direction_reports import rename_directions

    pairs = [part.strip().split(":") for part in text.split(",")]
    names = dict(pair for pair in pairs if len(pair) == 2)
    if len(names) < len(pairs):
        raise UserError(
            f"rename={printable(text)[:80]} must be old and new names, such as"
            " sefa0:smile,pca1:age, and no name twice."
        )
    rename_directions(outdir, names)
    print(f"Renamed {', '.join(f'{old} to {new}' for old, new in names.items())}")


def run() -> None:
    """Entry point of `ada-directions`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
