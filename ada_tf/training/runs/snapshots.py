"""Snapshots: states of a run that are kept for good, to pick the best one afterwards.

Their moments follow from the image counter alone, so that an interrupted run keeps the same ones.
Each is a checkpoint in `<run>/snapshots` and can be given wherever a checkpoint can.
"""

import os
import pathlib
import shutil

import tensorflow as tf

from ada_tf.files import writing
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import described, network_state, text_variable

FOLDER = "snapshots"
_UNFINISHED = ".unfinished"


class Snapshots:
    """Keeps snapshots of one run.

    Args:
        run_dir: the run's folder.
        model: in training.
        config: of the run; has interval and content of snapshots.
        writes: True on the machine that writes the files of the run.
    """

    def __init__(self, run_dir, model, config: RunConfig, writes: bool = True):
        self._model, self._config, self._writes = model, config, writes
        self.folder = pathlib.Path(run_dir) / FOLDER

    def due(self, images: int) -> bool:
        """Return True if the iteration that ended at `images` reached the next snapshot."""
        interval = round(self._config.snapshot_kimg * 1000)
        # The iteration that passed a multiple; batches seldom end on one.
        return images > 0 and images // interval > (images - self._config.batch) // interval

    def keep(self, checkpoint: str) -> None:
        """Keep a checkpoint of the present state, which has just been written or read.

        An existing snapshot is replaced: it shares its files with a checkpoint, and may have been
        damaged with it.

        Raises:
            UserError: it cannot be written.
        """
        if not self._writes:
            return
        name = pathlib.Path(checkpoint).name
        work = self.folder / _UNFINISHED
        with writing(self.folder):
            shutil.rmtree(work, ignore_errors=True)  # left by a killed save
            work.mkdir(parents=True)
            if self._config.snapshots == "state":
                for path in pathlib.Path(checkpoint).parent.glob(f"{name}.*"):
                    link(path, work / path.name)
            else:
                generator = {"generator_ema": network_state(self._model.generator_ema)}
                config = {"config": text_variable(described(self._config))}
                tf.train.Checkpoint(state={**generator, **config}).write(str(work / name))
            # Into place one by one: until the index is there, nobody takes the rest for a
            # checkpoint.
            for path in sorted(work.iterdir()):  # *.data-* first: *.index completes it
                os.replace(path, self.folder / path.name)
            shutil.rmtree(work)  # not empty if a killed save had linked some files


def link(path: pathlib.Path, target: pathlib.Path) -> None:
    """Give a file a second name, which takes no space; copy it where links are not possible."""
    try:
        # Checkpoints are written anew and never changed, so sharing their files is safe.
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)
