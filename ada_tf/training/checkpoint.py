"""Complete training states on disk, by name, through tf.train.Checkpoint.

A checkpoint describes itself: the configuration lies inside, variables are named as published
StyleGAN2 weights name them, and everything that a resumed run needs is there: both networks, the
average, both Adam states, p and its accumulator, the path length mean and the image counter.
"""

import dataclasses
import json
import pathlib
import re
import shutil

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.published_names import named_variables
from ada_tf.training.cluster import ALONE
from ada_tf.training.config import (
    OF_CLASSES,
    WITHOUT_WEIGHTS,
    RunConfig,
    differences,
    from_dict,
    to_dict,
)

FOLDER, NAME = "checkpoints", "images"
CONFIG_KEY = "state/config/.ATTRIBUTES/VARIABLE_VALUE"
NETWORKS = ("generator", "generator_ema", "discriminator")


def state_of(model) -> dict:
    """Every variable of a compiled model, by group and name."""
    state = {group: network_state(getattr(model, group)) for group in NETWORKS}
    for group in ("g_optimizer", "d_optimizer"):
        variables = getattr(model, group).variables
        state[group] = {f"{i:04d}_{v.name}": v.value for i, v in enumerate(variables)}
    state["counters"] = {
        "images_seen": model.images_seen.value,
        "seed_stream": model.saved_stream.value,
        "path_length_mean": model.path_length_mean.value,
    }
    if model.augment is not None:
        state["augment"] = {"p": model.augment.p.value, "observed": model.augment.accumulator}
    return state


def network_state(network) -> dict:
    """Variables of one network by published name."""
    return {named.name: named.variable.value for named in named_variables(network)}


class Checkpoints:
    """The checkpoints of one run.

    Args:
        run_dir: the run's folder.
        model: compiled model, whose state is saved and restored.
        config: saved inside every checkpoint.
        keep: how many of the newest to keep.
        cluster: the machines that train together. All call every method, the chief alone writes.
    """

    def __init__(self, run_dir, model, config: RunConfig, keep: int = 3, cluster=ALONE):
        self._model, self._cluster = model, cluster
        self.folder = pathlib.Path(run_dir) / FOLDER
        state = state_of(model)
        # Replicas add the sums of their own copies up when asked for them: ask before writing.
        self._observed = None
        if model.augment is not None:
            self._observed = tf.Variable(tf.zeros_like(model.augment.accumulator), trainable=False)
            state["augment"]["observed"] = self._observed
        tensor = tf.Variable(json.dumps(to_dict(config)), dtype=tf.string, trainable=False)
        self._checkpoint = tf.train.Checkpoint(state={**state, "config": tensor})
        self._manager = None
        if cluster.is_chief:
            remove_unfinished(self.folder)
            self._manager = tf.train.CheckpointManager(
                self._checkpoint, str(self.folder), max_to_keep=keep, checkpoint_name=NAME
            )

    def save(self) -> str | None:
        """Write a checkpoint; it replaces nothing and becomes the newest only when complete.

        Returns:
            Its path, or None on machines that do not write.

        Raises:
            UserError: it cannot be written; those before it are as they were.
        """
        if self._observed is not None:
            self._observed.assign(tf.convert_to_tensor(self._model.augment.accumulator))
        if self._manager is None:
            return None
        try:
            return self._manager.save(checkpoint_number=self._model.images_done)
        except (tf.errors.OpError, OSError) as error:
            remove_unfinished(self.folder)
            raise UserError(
                f"the checkpoint after {self._model.images_done} images cannot be written to"
                f" {self.folder} ({cause(error)}); the newest complete one is"
                f" {self._manager.latest_checkpoint}: make room and give the same command again."
            ) from error

    def restore_newest(self, log=print) -> str | None:
        """Load the newest checkpoint that is complete, if there is one, and return its path.

        Args:
            log: called with one line for each checkpoint that is damaged.

        Raises:
            UserError: there are checkpoints, but every one is damaged.
        """
        found = newest_intact(self.folder, log) if self._cluster.is_chief else None
        number = -1 if found is None else int(found.rpartition("-")[2])
        (number,) = self._cluster.add([number if self._cluster.is_chief else 0])
        if number < 0:
            return None
        path = str(self.folder / f"{NAME}-{number}")
        self._checkpoint.restore(path).assert_existing_objects_matched()
        if self._observed is not None:
            self._model.augment.accumulator.assign(self._observed)
        self._model.set_progress(number, int(self._model.saved_stream.numpy()))
        return path


def newest_intact(folder, log=print) -> str | None:
    """The newest checkpoint of a folder of which every number can be read, or None without any.

    Raises:
        UserError: there are some, but every one is damaged.
    """
    paths = listed(folder)
    if not paths:  # the list itself may be what was lost
        found = pathlib.Path(folder).glob(f"{NAME}-*.index")
        paths = sorted((str(p.with_suffix("")) for p in found), key=lambda p: int(p.split("-")[-1]))
    for path in reversed(paths):
        damage = damage_of(path)
        if damage is None:
            return path
        log(f"Warning: checkpoint {path} is damaged ({damage}); the one before it is taken.")
    if paths:
        raise UserError(
            f"every checkpoint in {folder} is damaged; move the folder away to start from nothing."
        )
    return None


def damage_of(checkpoint: str) -> str | None:
    """Why a checkpoint cannot be read, None if it can: reads every tensor, against its checksum."""
    try:
        reader = tf.train.load_checkpoint(checkpoint)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    # The reader turns some of TensorFlow's errors into Python's, a file cut short into IndexError.
    except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as error:
        return cause(error)
    return None


def listed(folder) -> list[str]:
    """Paths of the checkpoints that a folder's list names, oldest first; none without a list."""
    try:
        state = tf.train.get_checkpoint_state(str(folder))
    except ValueError:  # empty or cut short
        return []
    return list(state.all_model_checkpoint_paths) if state else []


def cause(error: Exception) -> str:
    """What went wrong, in a few words: TensorFlow's messages without their paths and nodes."""
    text = error.strerror if isinstance(error, OSError) else getattr(error, "message", str(error))
    text = re.sub(r"\{\{.*?\}\}|\[Op:.*?\]", "", text or type(error).__name__).strip()
    text = text.splitlines()[0].rpartition("; ")[2].strip() if text else type(error).__name__
    return text if len(text) <= 120 else text[:117] + "..."


def remove_unfinished(folder) -> None:
    """Remove what a killed or failed save has left, which no list of checkpoints names."""
    folder = pathlib.Path(folder)
    known = {pathlib.Path(path).name for path in listed(folder)}
    if not known:  # without a list nothing is certain, and the manager refuses a broken one
        (folder / "checkpoint").unlink(missing_ok=True)
        return
    for path in folder.glob(f"{NAME}-*"):
        if path.is_dir():  # images-1000_temp
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.split(".")[0] not in known:
            path.unlink(missing_ok=True)


def newest(path) -> str:
    """The checkpoint that `path` means: a checkpoint, a run directory, or its checkpoint folder.

    Raises:
        UserError: there is none that can be read.
    """
    path = pathlib.Path(path)
    if path.with_name(path.name + ".index").exists():
        return str(path)
    for folder in (path, path / FOLDER):
        found = newest_intact(folder) if folder.is_dir() else None
        if found:
            return found
    raise UserError(
        f"{path} holds no checkpoint; give a run directory or a checkpoint without its extension."
    )


def read_config(checkpoint: str) -> RunConfig:
    """The configuration inside a checkpoint."""
    reader = tf.train.load_checkpoint(checkpoint)
    if not reader.has_tensor(CONFIG_KEY):
        raise UserError(f"{checkpoint} was not written by ada_tf: it holds no configuration.")
    return from_dict(RunConfig, json.loads(reader.get_tensor(CONFIG_KEY)))


def restore_networks(checkpoint: str, **networks) -> None:
    """Load some of `NETWORKS` from a checkpoint, by keyword."""
    state = {group: network_state(network) for group, network in networks.items()}
    status = tf.train.Checkpoint(state=state).restore(checkpoint)
    status.assert_existing_objects_matched().expect_partial()


def check_architecture(ours: RunConfig, checkpoint: str) -> None:
    """Refuse to load weights into networks that have others, or use them differently.

    Raises:
        UserError: naming every setting that differs; those that own no weights may.
    """
    theirs = read_config(checkpoint)
    free = WITHOUT_WEIGHTS if ours.num_classes else WITHOUT_WEIGHTS + OF_CLASSES
    same = {name: getattr(ours.network, name) for name in free}
    found = differences(ours.network, dataclasses.replace(theirs.network, **same), "network.")
    for name in ("resolution", "channels"):
        a, b = getattr(ours.data, name), getattr(theirs.data, name)
        if a != b:
            found.append(f"data.{name}: {a} here, {b} there")
    if ours.num_classes != theirs.num_classes:
        found.append(f"num_classes: {ours.num_classes} here, {theirs.num_classes} there")
    if found:
        raise UserError(f"checkpoint {checkpoint} is of another architecture: {'; '.join(found)}.")
