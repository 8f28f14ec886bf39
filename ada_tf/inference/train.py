"""Training as Python users call it: `ada_tf.train`, which starts from any networks it can read."""

import pathlib

from ada_tf.data import open_dataset
from ada_tf.inference.open_networks import open_trained
from ada_tf.training import session
from ada_tf.training.callbacks.notebook import NotebookCallback, check_notebook
from ada_tf.training.cluster import ALONE
from ada_tf.training.config import RunConfig


def train(
    config: RunConfig,
    outdir,
    restart=False,
    dataset=None,
    cluster=ALONE,
    make_callbacks=None,
    accept_changed_data=False,
    notebook=False,
) -> pathlib.Path:
    """Start a run, or continue the newest one of the same configuration.

    Args:
        config: complete, as from `preset`.
        outdir: folder of the run directories.
        restart: True opens a new run in any case.
        dataset: opened from `config.data`; default opened here.
        cluster: the devices and machines that train together.
        make_callbacks: (run_dir, log, tick_images, TensorBoard writer) -> more callbacks, such as
            metrics. It is called on the machine that writes, again after each return to a
            checkpoint.
        accept_changed_data: True continues a run with other images than it had.
        notebook: True shows a bar and pictures below the cell, see `ada_tf.NotebookCallback`.

    Returns:
        The run directory.

    Raises:
        UserError: the configuration, the data or the folder cannot be used, another process trains
            the run, or it had to end; `notebook` is True in none.
    """
    if notebook:
        check_notebook()  # at once: preparing images takes minutes
        dataset = dataset or open_dataset(config.data)
        make_callbacks = _shown(dataset, config, make_callbacks)
    return session.train(
        config, outdir, restart, dataset, cluster, make_callbacks, accept_changed_data, open_trained
    )


def _shown(dataset, config: RunConfig, make_callbacks):
    """Make what shows a run in a notebook, and then the callbacks of somebody else."""

    def make(run_dir, log, tick_images, writer):
        own = NotebookCallback(dataset, config.images, tick_images, config.snap, config.batch_gpu)
        more = make_callbacks(run_dir, log, tick_images, writer) if make_callbacks else []
        return [own, *more]

    return make
