"""Cross images of a trained generator: every row with some layers of every column.

    ada-mix runs/00000-photos-auto --rows=0-2 --cols=3-7 --styles=coarse --outdir=mixed
    ada-mix runs/00000-photos-auto --rows=0-2 --cols=3-7 --styles=0-6 --trunc=0.7 --outdir=mixed
    ada-mix runs/00001-digits-cond-tiny --class=7 --rows=0-2 --cols=3-7 --styles=middle,fine --outdir=sevens
    ada-mix runs/00000-photos-auto --rows_ws=me/projected_w.npz --cols=0-9 --styles=fine --outdir=me

--styles takes layers by number, from coarse to fine, or by group: coarse up to 8 pixels, middle up to 32,
fine from 64 on. outdir/grid.png has row images at the left, column images above. Its images are files,
too: row-seed0000.png, column-seed0003.png, and seed0000-seed0003.png for row 0 with the layers of
column 3.
"""

import collections
import dataclasses
import functools
import itertools
import pathlib
from collections.abc import Iterator

from ada_tf.cli import _pictures, _program, _values
from ada_tf.cli._directions import Steered
from ada_tf.cli._flags import option
from ada_tf.cli._generator import require_seeds
from ada_tf.cli._pictures import GRID
from ada_tf.errors import UserError
from ada_tf.files import printable


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Steered):
    """Flags of ada-mix."""

    rows: list[int] = option(
        (), "Seeds of the images whose layers are replaced.", read=_values.seeds
    )
    cols: list[int] = option((), "Seeds of the images that give the layers.", read=_values.seeds)
    rows_ws: list[pathlib.Path] = option(
        (), "Files of latents, instead of --rows or after them.", read=_values.paths
    )
    cols_ws: list[pathlib.Path] = option(
        (), "Files of latents, instead of --cols or after them.", read=_values.paths
    )
    styles: list = option(
        help="Layers: numbers and ranges such as 0-2,5, and coarse, middle, fine.",
        read=_values.layers,
        example="coarse",
    )
    outdir: pathlib.Path = option(help="Folder of the images.", read=_values.path, example="out")
    singles: bool = option(True, f"Also write the images one by one, beside {GRID}.")
    format: str = option(
        _pictures.FORMATS[0],
        "Files: PNG of 8 or of 16 bits, or arrays [H, W, C] of the bits that the training images had.",
        choices=_pictures.FORMATS,
    )
    overwrite: bool = option(False, "Replace files of the same names.")

    def __post_init__(self):
        require_seeds(self, "rows", "rows_ws")
        require_seeds(self, "cols", "cols_ws")
        super().__post_init__()

    @property
    def pictures(self) -> int:
        """Number of pictures of seeds."""
        return (len(self.rows) + 1) * (len(self.cols) + 1)


def main(flags: Flags) -> None:
    """Write the grid."""
    flags.check()
    if not flags.overwrite:
        _values.refuse_taken("outdir", flags.outdir, [GRID])
    _values.check_folder("outdir", flags.outdir)

    from ada_tf.inference.styles import layers_to_mix, mixed_rows

    trained = flags.open()
    write = _pictures.writer_of(flags.format, trained.architecture.shape.channels, trained.bits)
    labels = flags.labels_of(trained, [*flags.rows, *flags.cols])
    generator = flags.load(trained)
    layers = layers_to_mix(generator, flags.styles)
    latents = functools.partial(flags.latents_of, generator, edit=flags.edit_of(generator))
    rows = latents(flags.rows, labels, flags.rows_ws, flag="rows_ws")
    columns = latents(flags.cols, labels, flags.cols_ws, flag="cols_ws")
    names = functools.partial(_names_of, rows.names, columns.names, flags.format)
    _check_names(flags, itertools.chain.from_iterable(names()))
    _values.make_folder("outdir", flags.outdir)
    width = len(columns.names) + 1
    count = (len(rows.names) + 1) * width
    ws = list(rows.ws), list(columns.ws)
    images = mixed_rows(generator, *ws, layers, flags.noise_mode, batch=flags.batch)
    mark = flags.mark_of(generator, trained.name, "ada-mix")
    of_grid = mark and mark.replace(file=GRID)
    with _pictures.grid_of(flags.outdir, count, width, of_grid) as add:
        for row, called in zip(_pictures.watched(images, count, flags.trunc), names(), strict=True):
            add(row)
            for image, name in zip(row, called, strict=True) if flags.singles else ():
                if name:
                    write(image, flags.outdir / name, mark and mark.replace(file=name))
    singles = f" and {_values.counted(count - 1, 'image')}" if flags.singles else ""
    print(f"Wrote {GRID}{singles} to {printable(flags.outdir)}")


def _names_of(rows, columns, kind: str) -> Iterator[list[str]]:
    """Names of the files of a grid, row by row; the corner has none."""
    ending = _pictures.ending_of(kind)
    yield ["", *(f"column-{column}.{ending}" for column in columns)]
    for row in rows:
        yield [f"row-{row}.{ending}", *(f"{row}-{column}.{ending}" for column in columns)]


def _check_names(flags: Flags, names) -> None:
    """Refuse names that are taken, by a file that is there or by another image.

    Raises:
        UserError: there is one.
    """
    if not flags.singles:
        return
    if flags.rows_ws or flags.cols_ws:  # names of seeds never clash
        names = list(names)
        twice = next((n for n, count in collections.Counter(names).items() if count > 1), None)
        if twice is not None:
            raise UserError(
                f"two images would be called {printable(twice)}; rename a file of latents."
            )
    if not flags.overwrite:
        _values.refuse_taken("outdir", flags.outdir, filter(None, names))


def run() -> None:
    """Entry point of `ada-mix`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
