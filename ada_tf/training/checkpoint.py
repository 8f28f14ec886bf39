"""Complete training states on disk, by name, through tf.train.Checkpoint.

A checkpoint describes itself: the configuration lies inside, variables are named as published
StyleGAN2 weights name them, and everything that a resumed run needs is there: both networks, the
average, both Adam states, p and its accumulator, the path length mean and the image counter.
"""

import json
import pathlib

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.published_names import named_variables
from ada_tf.training.config import RunConfig, differences, from_dict, to_dict

FOLDER = "checkpoints"
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
        "path_length_mean": model.path_length_mean.value,
    }
    if model.augment is not None:
        state["augment"] = {"p": model.augment.p.value, "observed": model.augment._observed}
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
    """

    def __init__(self, run_dir, model, config: RunConfig, keep: int = 3):
        self._model = model
        tensor = tf.Variable(json.dumps(to_dict(config)), dtype=tf.string, trainable=False)
        checkpoint = tf.train.Checkpoint(state={**state_of(model), "config": tensor})
        folder = pathlib.Path(run_dir) / FOLDER
        self._manager = tf.train.CheckpointManager(
            checkpoint, str(folder), max_to_keep=keep, checkpoint_name="images"
        )

    def save(self) -> str:
        """Write a checkpoint; it replaces nothing and becomes the newest only when complete."""
        return self._manager.save(checkpoint_number=self._model.images_done)

    def restore_newest(self) -> str | None:
        """Load the newest checkpoint, if there is one, and return its path."""
        path = self._manager.latest_checkpoint
        if path is not None:
            self._manager.checkpoint.restore(path).assert_existing_objects_matched()
            self._model.images_done = int(self._model.images_seen.numpy())
        return path


def newest(path) -> str:
    """The checkpoint that `path` means: a checkpoint, a run directory, or its checkpoint folder.

    Raises:
        UserError: there is none.
    """
    path = pathlib.Path(path)
    if path.with_name(path.name + ".index").exists():
        return str(path)
    for folder in (path, path / FOLDER):
        found = tf.train.latest_checkpoint(str(folder)) if folder.is_dir() else None
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
    """Refuse to load weights into networks of another shape.

    Raises:
        UserError: naming the first setting that differs.
    """
    theirs = read_config(checkpoint)
    found = differences(ours.network, theirs.network, "network.")
    for name in ("resolution", "channels"):
        a, b = getattr(ours.data, name), getattr(theirs.data, name)
        if a != b:
            found.append(f"data.{name}: {a} here, {b} there")
    if ours.num_classes != theirs.num_classes:
        found.append(f"num_classes: {ours.num_classes} here, {theirs.num_classes} there")
    if found:
        raise UserError(f"checkpoint {checkpoint} is of another architecture: {'; '.join(found)}.")
