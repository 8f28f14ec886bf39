"""Cross images of a trained generator: every row with some layers of every column.

    ada-mix runs/00000-photos-auto --rows=0-2 --cols=3-7 --styles=coarse --outdir=mixed
    ada-mix runs/00000-photos-auto --rows=0-2 --cols=3-7 --styles=0-6 --trunc=0.7 --outdir=mixed
    ada-mix runs/00001-digits-cond-tiny --class=7 --rows=0-2 --cols=3-7 --styles=middle,fine --outdir=sevens
    ada-mix runs/00000-photos-auto --rows_ws=me/projected_w.npz --cols=0-9 --styles=fine --outdir=me

Layers are numbers, of which the small ones are coarse, or their groups: coarse up to 8 pixels, middle up
to 32, fine from 64 on. outdir/grid.png has the row images at the left and the column images above;
its images are files of their own, too: row-seed0000.png, column-seed0003.png, and seed0000-seed0003.png for
row 0 with the layers of column 3.
"""

import collections
import functools
import itertools
import pathlib
from collections.abc import Iterator

from absl import flags

from ada_tf.cli import _asking, _pictures, _program, _steering, _values
from ada_tf.cli._pictures import GRID
from ada_tf.errors import UserError
from ada_tf.files import printable


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    _asking.define(
        values, "network", "outdir", "trunc", "trunc_towards", "class", "label", "direction", "directions",
        "noise_mode", "format", "batch", "overwrite",
    )  # fmt: skip
    add = {"flag_values": values}
    flags.DEFINE_string("rows", None, "Seeds of the images whose layers are replaced.", **add)
    flags.DEFINE_string("cols", None, "Seeds of the images that the layers come from.", **add)
    for flag, of in (("rows_ws", "rows"), ("cols_ws", "cols")):
        flags.DEFINE_list(
            flag,
            None,
            f"Files of latents, which come after the seeds of --{of}; those may then be left out.",
            **add,
        )
    flags.DEFINE_list(
        "styles",
        None,
        "Layers: numbers and ranges such as 0-2,5, and coarse, middle, fine.",
        **add,
    )
    flags.DEFINE_boolean("singles", True, f"Write the images one by one, beside {GRID}.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to images."""
    network = _asking.network_of(argv, values)
    row_seeds = _asking.seeds_of(values, "rows", instead="rows_ws")
    col_seeds = _asking.seeds_of(values, "cols", instead="cols_ws")
    _values.require(("styles", values.styles, "coarse"))
    styles = _values.parse_layers("styles", values.styles)
    outdir, steering = _asking.outdir_of(values), _steering.steering_of(values, network)
    if not values.overwrite:
        _values.refuse_taken("outdir", outdir, [GRID])

    from ada_tf.inference.generate import generator_of
    from ada_tf.inference.latents import layers_of
    from ada_tf.inference.styles import mixed_rows

    trained = _asking.open_network(network)
    write = _pictures.writer_of(values.format, trained.architecture.shape.channels, trained.bits)
    labels = _asking.labels_of(values, trained, row_seeds + col_seeds)
    generator = generator_of(trained)
    layers = layers_of(generator, styles)
    edit = steering.edit_of(generator)  # reads the directions, once for both
    rows = _asking.latents_of(values, generator, row_seeds, labels, "rows_ws", edit=edit)
    columns = _asking.latents_of(values, generator, col_seeds, labels, "cols_ws", edit=edit)
    names = functools.partial(names_of, rows.names, columns.names, values.format)
    check_names(values, outdir, itertools.chain.from_iterable(names()))
    _values.make_folder("outdir", outdir)
    width = len(columns.names) + 1
    count = (len(rows.names) + 1) * width
    ws = list(rows.ws), list(columns.ws)
    images = mixed_rows(generator, *ws, layers, values.noise_mode, batch=values.batch)
    with _pictures.grid_of(outdir, count, width) as add:
        for row, called in zip(_pictures.watched(images, count, values), names(), strict=True):
            add(row)
            for image, name in zip(row, called, strict=True) if values.singles else ():
                if name:
                    write(image, outdir / name)
    print(
        f"Wrote {GRID}{f' and {count - 1} images' if values.singles else ''} to {printable(outdir)}"
    )


def names_of(rows, columns, kind: str) -> Iterator[list[str]]:
    """Names of the files of a grid, row by row; the corner has none."""
    ending = _pictures.ending_of(kind)
    yield ["", *(f"column-{column}.{ending}" for column in columns)]
    for row in rows:
        yield [f"row-{row}.{ending}", *(f"{row}-{column}.{ending}" for column in columns)]


def check_names(values, outdir: pathlib.Path, names) -> None:
    """Refuse names that are taken, by a file that is there or by another image.

    Raises:
        UserError: there is one.
    """
    if not values.singles:
        return
    if values.rows_ws or values.cols_ws:  # those of seeds differ, or are of the same images
        names = list(names)
        twice = next((n for n, count in collections.Counter(names).items() if count > 1), None)
        if twice is not None:
            raise UserError(
                f"two images would be called {printable(twice)}; rename a file of latents."
            )
    if not values.overwrite:
        _values.refuse_taken("outdir", outdir, filter(None, names))


def run() -> None:
    """Entry point of `ada-mix`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
