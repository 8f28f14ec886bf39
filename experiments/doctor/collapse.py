r"""A run whose generator has collapsed: a good one, made to hear its latents no more.

    python -m experiments.doctor.collapse --good=/tmp/doctor/good-1000/00000-creatures-tiny \
        --out=/tmp/doctor/collapsed

Copies the run, makes the first weights of the averaged mapping network a hundred times smaller, and
writes a checkpoint and a grid of that.
"""

import dataclasses
import pathlib
import shutil

from absl import app, flags

FLAGS = flags.FLAGS
LOUDNESS = 0.01
LATER = 1000  # images after which it has collapsed


def main(_):
    from ada_tf.data import open_dataset
    from ada_tf.images import save_grid
    from ada_tf.training.callbacks.grids import Grid
    from ada_tf.training.runs.checkpoint import Checkpoints
    from ada_tf.training.runs.run_dir import read_options
    from ada_tf.training.session import build_model

    good = pathlib.Path(FLAGS.good)
    run = pathlib.Path(FLAGS.out) / good.name
    shutil.copytree(good, run)
    config = read_options(run)
    dataset = open_dataset(dataclasses.replace(config.data, cache_dir=None))
    model = build_model(config, dataset)
    checkpoints = Checkpoints(run, model, config)
    checkpoints.restore_newest()
    for variable in model.generator_ema.mapping.trainable_variables:
        variable.assign(LOUDNESS * variable)
    images = model.images_done + LATER
    model.clock.go_to(images, model.clock.stream)
    checkpoints.save()
    grid = Grid(model, dataset, config.batch)
    save_grid(grid.fakes(), run / f"fakes{images // 1000:06d}.png", grid.columns)


if __name__ == "__main__":
    flags.DEFINE_string("good", None, "Directory of a good run.", required=True)
    flags.DEFINE_string("out", None, "Folder of the collapsed one.", required=True)
    app.run(main)
