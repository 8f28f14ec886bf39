"""Write images of a trained generator.

    ada-generate runs/00000-photos-auto --seeds=0-15 --outdir=out
    ada-generate runs/00000-photos-auto --seeds=3,100-120 --trunc=0.7 --outdir=out --grid
    ada-generate runs/00001-digits-cond-tiny --class=7 --seeds=0-9 --outdir=sevens
    ada-generate runs/00002-photos-cond-auto --class=cat --seeds=0-9 --outdir=cats

A run is a run directory, a checkpoint without its extension, or networks without their run: a network
folder, a .pkl or .pt of another program, its address (https://...), or a name such as ffhq256. Each
seed becomes outdir/seedNNNN.png; the same seed is the same image.
"""

import pathlib

import numpy as np
from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing
from ada_tf.models.config import TRUNCATIONS

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
    flags.DEFINE_enum(
        "trunc_towards",
        TRUNCATIONS[0],
        TRUNCATIONS,
        "Mean that truncation pulls towards: of the class, or of all classes as in published galleries.",
        **add,
    )
    flags.DEFINE_string(
        "class",
        None,
        "Class, for generators trained with --cond: its name if it has one, or its number. A name goes"
        " before a number, and where names are numbers, numbers are names alone.",
        **add,
    )
    modes = ["const", "random", "none"]
    flags.DEFINE_enum(
        "noise_mode", "const", modes, "The same noise in all images, their own, none.", **add
    )
    flags.DEFINE_boolean("grid", False, f"Write all images into one {GRID}, too.", **add)
    flags.DEFINE_integer("batch", 16, "Images at a time.", lower_bound=1, **add)
    flags.DEFINE_boolean("overwrite", False, "Replace images of the same names.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to images."""
    network = _values.run_of(argv, values.network)
    _values.require(
        ("network", network, "runs/00000-photos-auto"),
        ("seeds", values.seeds, "0-15"),
        ("outdir", values.outdir, "out"),
    )
    check_local("outdir", values.outdir)
    from ada_tf.inference.latents import MAX_SEED

    seeds = _values.parse_numbers("seeds", values.seeds, MAX_SEED)
    outdir = pathlib.Path(values.outdir)
    names = [f"seed{seed:04d}.png" for seed in seeds]
    if not values.overwrite:
        _values.refuse_taken("outdir", outdir, [*names, GRID] if values.grid else names)

    from ada_tf.images import save_grid, save_png, to_uint8
    from ada_tf.inference.generate import generator_of, map_latents, render
    from ada_tf.training.runs.trained import open_trained

    trained = open_trained(_values.fetched(network))
    classes = trained.architecture.num_classes
    label = _values.class_of(values["class"].value, classes, trained.class_names)
    generator = generator_of(trained)
    ws = map_latents(
        generator,
        seeds=seeds,
        labels=label,
        truncation_psi=values.trunc,
        truncation=values.trunc_towards,
    )
    _values.make_folder("outdir", outdir)
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


def columns_of(count: int) -> int:
    """Columns of a roughly square grid."""
    return next(n for n in range(1, count + 1) if n * n >= count)


def run() -> None:
    """Entry point of `ada-generate`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
