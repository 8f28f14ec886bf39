"""Write images of a trained generator.

    ada-generate runs/00000-photos-auto --seeds=0-15 --outdir=out
    ada-generate runs/00000-photos-auto --seeds=3,100-120 --trunc=0.7 --outdir=out --grid
    ada-generate runs/00001-digits-cond-tiny --class=7 --seeds=0-9 --outdir=sevens
    ada-generate runs/00002-photos-cond-auto --class=cat --seeds=0-9 --outdir=cats
    ada-generate runs/00002-photos-cond-auto --rows=classes --seeds=0-9 --outdir=all
    ada-generate runs/00003-faces-cond-auto --label=smiling:1,age:0.3 --seeds=0-9 --outdir=smiles
    ada-generate runs/00004-scans-auto --format=png16 --seeds=0-9 --outdir=deep
    ada-generate runs/00000-photos-auto --directions=dirs --direction=smile:2.5 --seeds=0-9 --outdir=happy
    ada-generate runs/00000-photos-auto --ws=mine/projected_w.npz --outdir=again

RUN is a run directory, a checkpoint without its extension, a network folder, a .pkl or .pt of another
program, its address (https://...), or a name such as ffhq256. Each seed becomes outdir/seedNNNN.png;
the same seed makes the same image. Latents of a file (--ws) get its name and a number. --format=png16
keeps 16 bits, npy any number of bands, as arrays [H, W, C]. Grids have 8 bits, alpha on white, and the
first three bands.
"""

import contextlib
import dataclasses
import pathlib
from collections.abc import Sequence

from ada_tf.cli import _generator, _pictures, _program, _values
from ada_tf.cli._directions import Steered
from ada_tf.cli._flags import option
from ada_tf.cli._marking import FILES, HASH
from ada_tf.cli._pictures import GRID
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.label_arguments import asked_label, attribute_values
from ada_tf.inference.label_rows import ROWS, Rows, attribute_rows, class_rows
from ada_tf.marking import Mark

_COMMAND = "ada-generate"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Steered):
    """Flags of ada-generate."""

    seeds: list[int] = option((), "Numbers and ranges, such as 1,2,5-10.", read=_values.seeds)
    ws: list[pathlib.Path] = option(
        (),
        "Files of latents of ada-project, such as a.npz,b.npz, instead of --seeds or after them;"
        " --trunc leaves them as they are.",
        read=_values.paths,
    )
    outdir: pathlib.Path = option(help="Folder of the images.", read=_values.path, example="out")
    rows: str | None = option(
        None,
        f"Write {GRID} alone, with a row for each class, or for each attribute from low to high.",
        choices=ROWS,
    )
    grid: bool = option(False, f"Also write all images into one {GRID}.")
    format: str = option(
        _pictures.FORMATS[0],
        "Files: PNG of 8 or of 16 bits, or arrays [H, W, C] of the bits that the training images had.",
        choices=_pictures.FORMATS,
    )
    overwrite: bool = option(False, "Replace files of the same names.")

    def __post_init__(self):
        _generator.require_seeds(self, "seeds", "ws")
        if self.rows and self.ws:
            raise UserError(f"ws does not go with --rows={self.rows}, which is of seeds; give one.")
        super().__post_init__()

    @property
    def pictures(self) -> int:
        """Number of pictures of seeds, in one row."""
        return len(self.seeds)


def main(flags: Flags) -> None:
    """Write the images."""
    flags.check()

    def check_free(names):
        if not flags.overwrite:
            _values.refuse_taken("outdir", flags.outdir, names)

    grid = [GRID] if flags.grid or flags.rows else []
    ending = _pictures.ending_of(flags.format)
    # Names of seeds are known before TensorFlow is loaded.
    of_seeds = [] if flags.rows else named(map(_generator.seed_name, flags.seeds), ending)
    check_free([*of_seeds, *grid])
    _values.check_folder("outdir", flags.outdir)

    from ada_tf.inference.generate import render

    trained = flags.open()
    write = _pictures.writer_of(flags.format, trained.architecture.shape.channels, trained.bits)
    shown = _shown_images(flags, trained)
    generator = flags.load(trained)
    edit = flags.edit_of(generator)
    ws, names = flags.latents_of(generator, shown.seeds, shown.labels, flags.ws, edit=edit)
    total, names = len(names), [] if flags.rows else named(names, ending)
    check_free(names)
    _values.make_folder("outdir", flags.outdir)
    mark = flags.mark_of(generator, trained.name, _COMMAND)
    left, batches = (
        iter(named_marks(mark, names, flags.seeds)),
        render(generator, ws, flags.noise_mode, batch=flags.batch),
    )
    columns = shown.columns or _columns_of(total)
    of_grid = mark and mark.replace([("grid", "true")] if flags.grid else [], file=GRID)
    with (
        _pictures.grid_of(flags.outdir, total, columns, of_grid)
        if grid
        else contextlib.nullcontext() as add
    ):
        for images in _pictures.watched(batches, total, flags.trunc):
            for image, (name, said) in zip(images, left, strict=False):
                write(image, flags.outdir / name, said)
            if grid:
                add(images)
    print(f"Wrote {_values.counted(len(names) or 1, 'image')} to {printable(flags.outdir)}")


def named_marks(mark: Mark | None, names: Sequence[str], seeds: Sequence[int]):
    """(name of a file, its mark) of pictures, those of seeds first; a seed makes its own alone."""
    alone = None
    if mark is not None:
        alone = mark.without("seeds", "grid", *(f"{name}{HASH}" for name in FILES[:3]))
    for number, name in enumerate(names):
        if mark is None:
            yield name, None
        elif number < len(seeds):
            yield name, alone.replace([("seeds", str(seeds[number]))], file=name)
        else:
            yield name, mark.without("grid").replace(file=name)


def named(names, ending: str) -> list[str]:
    """Names of files."""
    return [f"{name}.{ending}" for name in names]


def _shown_images(flags: Flags, trained) -> Rows:
    """Seeds and labels of all images that the flags ask for; without --rows there are no columns."""
    classes, attributes, space = flags.class_, flags.label, trained.label_space
    if flags.rows is None:
        return Rows(flags.seeds, flags.labels_of(trained, flags.seeds), 0)
    if flags.rows == "classes":
        if classes is not None:
            raise UserError(
                f"class={printable(classes)} does not go with --rows=classes; give one."
            )
        return class_rows(space, flags.seeds, attribute_values(attributes))
    if space.num_classes or attributes is not None:
        return attribute_rows(space, flags.seeds, asked_label(space, classes, attributes))
    return attribute_rows(space, flags.seeds, space.vector({}, {}))


def _columns_of(count: int) -> int:
    """Columns of a roughly square grid."""
    return next(n for n in range(1, count + 1) if n * n >= count)


def run() -> None:
    """Entry point of `ada-generate`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
