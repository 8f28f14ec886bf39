"""Write images of a trained generator.

    ada-generate runs/00000-photos-auto --seeds=0-15 --outdir=out
    ada-generate runs/00000-photos-auto --seeds=3,100-120 --trunc=0.7 --outdir=out --grid
    ada-generate runs/00001-digits-cond-tiny --class=7 --seeds=0-9 --outdir=sevens

A run is a run directory, or a checkpoint without its extension. Each seed becomes
outdir/seedNNNN.png; the same seed is the same image.
"""

import os
import pathlib
import sys

import numpy as np
from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing

GRID = "grid.png"


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    flags.DEFINE_string(
        "network", None, "Run directory or checkpoint; --network= may be left out.", **add
    )
    flags.DEFINE_string("seeds", None, "Numbers and ranges, such as 1,2,5-10.", **add)
    flags.DEFINE_string("outdir", None, "Folder of the images.", **add)
    flags.DEFINE_float(
        "trunc", 1.0, "Truncation psi: below 1 images get likelier and more alike.", **add
    )
    flags.DEFINE_integer("class", None, "Class number, for generators trained with --cond.", **add)
    modes = ["const", "random", "none"]
    flags.DEFINE_enum(
        "noise_mode", "const", modes, "The same noise in all images, their own, none.", **add
    )
    flags.DEFINE_boolean("grid", False, f"Write all images into one {GRID}, too.", **add)
    flags.DEFINE_integer("batch", 16, "Images at a time.", lower_bound=1, **add)
    flags.DEFINE_boolean("overwrite", False, "Replace images of the same names.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to images."""
    network = _program.run_of(argv, values.network)
    for name, value, example in (
        ("network", network, "--network=runs/00000-photos-auto"),
        ("seeds", values.seeds, "--seeds=0-15"),
        ("outdir", values.outdir, "--outdir=out"),
    ):
        if value is None:
            raise UserError(f"{name} is missing; give it, for example {example}.")
    check_local("outdir", values.outdir)
    from ada_tf.inference.latents import parse_seeds

    seeds = parse_seeds(values.seeds)
    outdir = pathlib.Path(values.outdir)
    names = [f"seed{seed:04d}.png" for seed in seeds]
    if not values.overwrite:
        refuse_taken(outdir, [*names, GRID] if values.grid else names)

    from ada_tf.images import save_grid, save_png, to_uint8
    from ada_tf.inference.generate import load_generator, map_latents, render

    generator, _ = load_generator(network)
    label = class_number(values["class"].value, generator.c_dim)
    ws = map_latents(generator, seeds=seeds, labels=label, truncation_psi=values.trunc)
    make_folder(outdir)
    shown, left = [], iter(names)
    for images in render(generator, ws, values.noise_mode, batch=values.batch):
        if not np.isfinite(images).all():
            raise UserError(
                f"trunc={values.trunc} makes images that are not finite; give a number nearer to 1."
            )
        for image in images:
            path = outdir / next(left)
            with writing(path):
                save_png(to_uint8(image), path)
        if values.grid:
            shown.append(images)
    if values.grid:
        with writing(outdir / GRID):
            save_grid(np.concatenate(shown), outdir / GRID, columns=columns_of(len(seeds)))
    print(f"Wrote {len(seeds)} image{'s' * (len(seeds) > 1)} to {printable(outdir)}")


def class_number(given: int | None, c_dim: int) -> int | None:
    """The class to show, by the flag and what the generator knows.

    Raises:
        UserError: a conditional generator needs a class, or has no such class.
    """
    if not c_dim:
        if given is not None:
            print(
                f"warning: class={given} is ignored: this generator has no classes.",
                file=sys.stderr,
            )
        return None
    if given is None:
        raise UserError(
            f"class is missing: this generator needs --class, a number of 0 to {c_dim - 1}."
        )
    if not 0 <= given < c_dim:
        raise UserError(f"class={given} must be a number of 0 to {c_dim - 1}.")
    return given


def refuse_taken(outdir: pathlib.Path, names) -> None:
    """Refuse to replace files.

    Raises:
        UserError: one of them exists.
    """
    for name in names:
        if os.path.lexists(outdir / name):
            raise UserError(
                f"outdir={printable(outdir)!r} already holds {name}; choose another or give"
                " --overwrite."
            )


def make_folder(outdir: pathlib.Path) -> None:
    """Create the output folder.

    Raises:
        UserError: it cannot be created.
    """
    try:
        outdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"outdir={printable(outdir)!r} cannot be created: {error.strerror}."
        ) from error


def columns_of(count: int) -> int:
    """Columns of a roughly square grid."""
    return next(n for n in range(1, count + 1) if n * n >= count)


def run() -> None:
    """Entry point of `ada-generate`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
