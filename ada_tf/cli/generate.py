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

A run is a run directory, a checkpoint without its extension, or networks without their run: a network
folder, a .pkl or .pt of another program, its address (https://...), or a name such as ffhq256. Each
seed becomes outdir/seedNNNN.png; the same seed is the same image. Latents of a
file (--ws) are called as the file is, and numbered. --format=png16 keeps 16 bits, and npy any number of
bands, as arrays [H, W, C]; grids are of 8 bits, alpha on white, the first three of bands.
"""

import contextlib

from absl import flags

from ada_tf.cli import _asking, _pictures, _program, _steering, _values
from ada_tf.cli._pictures import GRID
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.label_arguments import asked_label, attribute_values
from ada_tf.inference.label_rows import ROWS, Rows, attribute_rows, class_rows


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    _asking.define(
        values, "network", "seeds", "ws", "outdir", "trunc", "trunc_towards", "class", "label",
        "direction", "directions", "noise_mode", "format", "batch", "overwrite",
    )  # fmt: skip
    flags.DEFINE_enum(
        "rows",
        None,
        ROWS,
        f"Write {GRID} alone, with a row for each class, or for each attribute from low to high.",
        **add,
    )
    flags.DEFINE_boolean("grid", False, f"Write all images into one {GRID}, too.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to images."""
    network, seeds = _asking.network_of(argv, values), _asking.seeds_of(values)
    outdir, steering = _asking.outdir_of(values), _steering.steering_of(values, network)
    if values.rows and values.ws:
        raise UserError(f"ws does not go with --rows={values.rows}, which is of seeds; give one.")

    def check_free(names):
        if not values.overwrite:
            _values.refuse_taken("outdir", outdir, names)

    grid = [GRID] if values.grid or values.rows else []
    ending = _pictures.ending_of(values.format)
    # What the seeds are called is known before TensorFlow is loaded.
    check_free([*([] if values.rows else named(map(_asking.seed_name, seeds), ending)), *grid])

    from ada_tf.inference.generate import generator_of, render

    trained = _asking.open_network(network)
    write = _pictures.writer_of(values.format, trained.architecture.shape.channels, trained.bits)
    shown = shown_images(values, seeds, trained)
    generator = generator_of(trained)
    edit = steering.edit_of(generator)
    ws, names = _asking.latents_of(values, generator, shown.seeds, shown.labels, edit=edit)
    total, names = len(names), [] if values.rows else named(names, ending)
    check_free(names)
    _values.make_folder("outdir", outdir)
    left, batches = iter(names), render(generator, ws, values.noise_mode, batch=values.batch)
    columns = shown.columns or columns_of(total)
    with _pictures.grid_of(outdir, total, columns) if grid else contextlib.nullcontext() as add:
        for images in _pictures.watched(batches, total, values):
            for image, name in zip(images, left, strict=False):
                write(image, outdir / name)
            if grid:
                add(images)
    count = len(names) or 1
    print(f"Wrote {count} image{'s' * (count > 1)} to {printable(outdir)}")


def named(names, ending: str) -> list[str]:
    """Names of files."""
    return [f"{name}.{ending}" for name in names]


def shown_images(values, seeds: list[int], trained) -> Rows:
    """Seeds and labels of all images that the flags ask for; without --rows there are no columns."""
    classes, attributes, space = values["class"].value, values.label, trained.label_space
    if values.rows is None:
        return Rows(seeds, _asking.labels_of(values, trained, seeds), 0)
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
