"""Checkpoints of a run: complete training states, written and restored by tf.train.Checkpoint.

A checkpoint describes itself: it holds the configuration, and variables are named by their place in
their networks. It has everything that a resumed run needs: both networks, the average, both Adam
states, p and its accumulator, the running means and the clock.
"""

import contextlib
import dataclasses
import json
import pathlib

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import cause
from ada_tf.training.cluster import ALONE
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import (
    FOLDER,
    NAME,
    NO_DATA,
    as_stored,
    described,
    images_of,
    newest_intact,
    read_config,
    read_data,
    remove_unfinished,
    state_of,
    text_variable,
)

KEEP = 3  # newest checkpoints that are kept, should the last one be damaged


class Checkpoints:
    """Writes and restores the checkpoints of one run.

    Args:
        run_dir: the run's folder.
        model: compiled; its state is saved and restored.
        config: saved inside every checkpoint.
        keep: number of the newest that are kept.
        cluster: the machines that train together. All call every method; only the chief writes.
        data: the training images, saved inside every checkpoint.
    """

    def __init__(self, run_dir, model, config: RunConfig, keep=KEEP, cluster=ALONE, data=NO_DATA):
        self._model, self._cluster = model, cluster
        self.folder = pathlib.Path(run_dir) / FOLDER
        state = state_of(model)
        # Each replica has its own accumulator; reading it adds them up, so a copy is saved.
        self._observed = None
        if model.augment is not None:
            self._observed = tf.Variable(tf.zeros_like(model.augment.accumulator), trainable=False)
            state["augment"]["observed"] = self._observed  # under the name of the accumulator
        # Restoring overwrites these texts, so they are set again at every save.
        self._about = {"config": described(config), "data": data._asdict()}
        self._texts = {name: text_variable({}) for name in (*self._about, "clock", "stats")}
        self._state = state
        # One dictionary: its keys are the names in the file, whatever attributes the model has.
        self._checkpoint = tf.train.Checkpoint(state={**state, **self._texts})
        self._manager = None
        if cluster.is_chief:
            remove_unfinished(self.folder)
            self._manager = tf.train.CheckpointManager(
                self._checkpoint, str(self.folder), max_to_keep=keep, checkpoint_name=NAME
            )

    def path_of(self, images: int) -> str:
        """Return the path of the checkpoint after `images` images, which need not exist."""
        return str(self.folder / f"{NAME}-{images}")

    def holds(self, images: int) -> bool:
        """Return True if there is a checkpoint after `images` images."""
        return pathlib.Path(f"{self.path_of(images)}.index").exists()

    def save(self) -> str | None:
        """Write a checkpoint, which becomes the newest only when it is complete.

        Returns:
            Its path; None on machines that do not write.

        Raises:
            UserError: it cannot be written; earlier checkpoints are intact.
        """
        if self._observed is not None:
            # All machines take part in this sum, hence before those that do not write return.
            self._observed.assign(tf.convert_to_tensor(self._model.augment.accumulator))
        if self._manager is None:
            return None
        clock = dataclasses.asdict(self._model.clock)
        about = {**self._about, "clock": clock, "stats": self._model.stats.sums()}
        for name, text in self._texts.items():
            text.assign(json.dumps(about[name]))
        try:
            # Numbered by images: `images_of` reads the order of checkpoints from their names.
            return self._manager.save(checkpoint_number=self._model.images_done)
        except (tf.errors.OpError, OSError) as error:
            with contextlib.suppress(OSError):
                remove_unfinished(self.folder)
            kept = self._manager.latest_checkpoint
            raise UserError(
                f"the checkpoint after {self._model.images_done} images cannot be written to"
                f" {self.folder} ({cause(error)});"
                f" {f'the newest complete one is {kept}' if kept else 'there is none before it'}:"
                " make room and give the same command again."
            ) from error

    def restore_newest(self, log=print) -> str | None:
        """Load the newest intact checkpoint and return its path; None without any.

        Args:
            log: called with one line for each checkpoint that is damaged.

        Raises:
            UserError: every checkpoint is damaged, or the newest has another format.
        """
        # The chief chooses: another machine may see an older state of a shared disk.
        found = newest_intact(self.folder, log) if self._cluster.is_chief else None
        number = -1 if found is None else images_of(found)
        # A sum to which the others add 0.
        (number,) = self._cluster.add([number if self._cluster.is_chief else 0])
        if number < 0:
            return None
        path = self.path_of(number)
        read_config(path)  # raises for another format
        read_data(path)  # raises for a generator alone
        stored, checkpoint = as_stored(path, self._state), self._checkpoint
        if stored is not self._state:
            checkpoint = tf.train.Checkpoint(state={**stored, **self._texts})
        # All variables that exist must be found; the checkpoint may hold more.
        checkpoint.restore(path).assert_existing_objects_matched()
        if self._observed is not None:
            self._model.augment.accumulator.assign(self._observed)
        self._model.clock.go_to(**json.loads(self._texts["clock"].numpy()))
        self._model.stats.go_on_from(json.loads(self._texts["stats"].numpy()))
        return path
