"""Write images of a trained generator.

    ada-generate runs/00000-photos-auto --seeds=0-15 --outdir=out
    ada-generate runs/00000-photos-auto --seeds=3,100-120 --trunc=0.7 --outdir=out --grid
    ada-generate runs/00001-digits-cond-tiny --class=7 --seeds=0-9 --outdir=sevens
    ada-generate runs/00002-photos-cond-auto --class=cat --seeds=0-9 --outdir=cats
    ada-generate runs/00002-photos-cond-auto --rows=classes --seeds=0-9 --outdir=all
    ada-generate runs/00003-faces-cond-auto --label=smiling:1,age:0.3 --seeds=0-9 --outdir=smiles
    ada-generate runs/00004-scans-auto --format=png16 --seeds=0-9 --outdir=deep

A run is a run directory, a checkpoint without its extension, or networks without their run: a network
folder, a .pkl or .pt of another program, its address (https://...), or a name such as ffhq256. Each
seed becomes outdir/seedNNNN.png; the same seed is the same image. --format=png16 keeps 16 bits, and npy
any number of bands, as arrays [H, W, C]; grids are of 8 bits, alpha on white, the first three of bands.
"""

import pathlib

import numpy as np
from absl import flags

from ada_tf.channels import are_bands
from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing
from ada_tf.inference.asked_labels import asked_label, attribute_values
from ada_tf.inference.label_rows import ROWS, Rows, attribute_rows, class_rows
from ada_tf.label_space import LabelSpace
from ada_tf.models.config import TRUNCATIONS

GRID = "grid.png"
FORMATS = ("png", "png16", "npy")


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
        " before a number, and where names are numbers, numbers are names alone. Or a mixture of classes,"
        " such as cat:0.5,dog:0.5.",
        **add,
    )
    flags.DEFINE_string(
        "label",
        None,
        "Attributes, for generators trained with them, such as smiling:1,age:0.3; the others are as most"
        " images have them.",
        **add,
    )
    flags.DEFINE_enum(
        "rows",
        None,
        ROWS,
        f"Write {GRID} alone, with a row for each class, or for each attribute from low to high.",
        **add,
    )
    modes = ["const", "random", "none"]
    flags.DEFINE_enum(
        "noise_mode", "const", modes, "The same noise in all images, their own, none.", **add
    )
    flags.DEFINE_enum(
        "format",
        FORMATS[0],
        FORMATS,
        "What is written: PNG of 8 or of 16 bits, or arrays [H, W, C] of as many bits as the images had"
        " that the generator learnt from.",
        **add,
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
    names = [] if values.rows else [f"seed{seed:04d}.{values.format[:3]}" for seed in seeds]
    grid = [GRID] if values.grid or values.rows else []
    if not values.overwrite:
        _values.refuse_taken("outdir", outdir, [*names, *grid])

    from ada_tf.images import save_grid
    from ada_tf.inference.generate import generator_of, map_latents, render
    from ada_tf.training.runs.trained import open_trained

    trained = open_trained(_values.fetched(network))
    write = writer_of(values.format, trained.architecture.shape.channels, trained.bits)
    shown = shown_images(values, seeds, trained.label_space)
    generator = generator_of(trained)
    ws = map_latents(
        generator,
        seeds=shown.seeds,
        labels=shown.labels,
        truncation_psi=values.trunc,
        truncation=values.trunc_towards,
    )
    _values.make_folder("outdir", outdir)
    kept, left = [], iter(names)
    for images in render(generator, ws, values.noise_mode, batch=values.batch):
        if not np.isfinite(images).all():
            raise UserError(
                f"trunc={values.trunc} makes images that are not finite; give a number nearer to 1."
            )
        for image, name in zip(images, left, strict=False):
            path = outdir / name
            with writing(path):
                write(image, path)
        if grid:
            kept.append(images)
    if grid:
        with writing(outdir / GRID):
            save_grid(np.concatenate(kept), outdir / GRID, columns=shown.columns)
    count = len(names) or 1
    print(f"Wrote {count} image{'s' * (count > 1)} to {printable(outdir)}")


def writer_of(kind: str, channels: int, bits: int):
    """A function (float image in [-1, 1], path) that writes a file.

    Args:
        kind: of FORMATS.
        channels: of the images.
        bits: of those that the generator learnt from.

    Raises:
        UserError: files of the kind cannot hold them.
    """
    from ada_tf.images import TO_BITS, save_npy, save_png

    if are_bands(channels) and kind != "npy":
        raise UserError(
            f"format={kind!r} holds up to 4 channels, where this generator makes {channels}; give"
            " --format=npy."
        )
    save = save_npy if kind == "npy" else save_png
    quantised = TO_BITS[{"png": 8, "png16": 16, "npy": bits}[kind]]
    return lambda image, path: save(quantised(image), path)


def shown_images(values, seeds: list[int], space: LabelSpace) -> Rows:
    """Seeds and labels of all images that the flags ask for."""
    classes, attributes = values["class"].value, values.label
    if values.rows is None:
        return Rows(seeds, _values.label_of(space, classes, attributes), columns_of(len(seeds)))
    if values.rows == "classes":
        if classes is not None:
            raise UserError(
                f"class={printable(classes)} does not go with --rows=classes; give one."
            )
        return class_rows(space, seeds, attribute_values(attributes))
    if space.num_classes or attributes is not None:
        return attribute_rows(space, seeds, asked_label(space, classes, attributes))
    return attribute_rows(space, seeds, space.vector({}, {}))


def columns_of(count: int) -> int:
    """Columns of a roughly square grid."""
    return next(n for n in range(1, count + 1) if n * n >= count)


def run() -> None:
    """Entry point of `ada-generate`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
