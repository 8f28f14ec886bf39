"""Checkpoints on disk: their names, the newest intact one of a folder, and their content."""

import json
import os
import pathlib
import shutil
from typing import NamedTuple

import tensorflow as tf

from ada_tf import extensions, formats
from ada_tf.errors import UserError
from ada_tf.files import cause, check_tensorflow_path, open_regular, printable, reading, write_text
from ada_tf.models import variables_by_name
from ada_tf.settings import from_dict, to_dict
from ada_tf.tf_checkpoint import check_objects_of, open_checkpoint
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.clock import Clock

NETWORKS = ("generator", "generator_ema", "discriminator")


class TrainingData(NamedTuple):
    """Images of a run: number of an epoch, and fingerprint that tells them from others."""

    images: int
    fingerprint: str


NO_DATA = TrainingData(0, "")


def state_of(model) -> dict:
    """Return group -> name -> variable of a compiled model."""
    state = {group: network_state(getattr(model, group)) for group in NETWORKS}
    for group in ("g_optimizer", "d_optimizer"):
        variables = getattr(model, group).variables
        # Keras puts names of layers first, which change; "momentum" and the like come last.
        kinds = [v.name.rpartition("_")[2] for v in variables]
        # Numbered: optimizers list their variables in the order of the weights, which is fixed.
        state[group] = {f"{i:04d}_{kinds[i]}": v.value for i, v in enumerate(variables)}
    state["means"] = dict(model.means)
    if model.augment is not None:
        state["augment"] = {"p": model.augment.p.value, "observed": model.augment.accumulator}
    return state


def network_state(network) -> dict:
    """Return name -> variable of one network."""
    return {name: variable.value for name, variable in variables_by_name(network).items()}


def described(config: RunConfig) -> dict:
    """Return the configuration as a checkpoint keeps it, with its format."""
    return formats.stamped(formats.CHECKPOINT, to_dict(config))


def text_variable(values: dict) -> tf.Variable:
    """Return a string variable of JSON, which a checkpoint can hold."""
    return tf.Variable(json.dumps(values), dtype=tf.string, trainable=False)


CONFIG_KEY = "state/config/.ATTRIBUTES/VARIABLE_VALUE"
_CLOCK_KEY = "state/clock/.ATTRIBUTES/VARIABLE_VALUE"
_DATA_KEY = "state/data/.ATTRIBUTES/VARIABLE_VALUE"
_MAX_TEXT = 2**22  # bytes


def read_config(checkpoint: str) -> RunConfig:
    """Read the configuration inside a checkpoint.

    Raises:
        OtherFormat: another version of ada_tf has written it.
        UserError: the checkpoint is damaged, not of ada_tf, or needs modules that are not in use.
    """
    values = _read_text(checkpoint, CONFIG_KEY)
    if values is None:
        raise UserError(
            f"{printable(checkpoint)} was not written by ada_tf: it holds no configuration."
        )
    # Migrated before it is read: all behind this line knows today's names alone.
    values = formats.current(formats.CHECKPOINT, values, checkpoint)
    extensions.require(values.get("use", ()), checkpoint)  # whose rows the settings may name
    try:
        return from_dict(RunConfig, values)
    except UserError as error:
        raise UserError(
            f"{printable(checkpoint)} holds a configuration that is not of this version of ada_tf:"
            f" {error}"
        ) from error


def read_data(checkpoint: str) -> TrainingData:
    """Read number and fingerprint of the images that a checkpoint was trained on.

    Raises:
        UserError: it holds a generator alone, and no state of a run.
    """
    values = _read_text(checkpoint, _DATA_KEY)
    if values is None:
        raise UserError(
            f"{printable(checkpoint)} is no whole state of a run and cannot be continued; start a new"
            " run with --restart."
        )
    with reading(checkpoint, "a checkpoint"):
        return TrainingData(int(values["images"]), str(values["fingerprint"]))


def read_clock(checkpoint: str) -> Clock:
    """Read the clock of a run at a checkpoint.

    Raises:
        UserError: it has no clock, or one without numbers.
    """
    values = _read_text(checkpoint, _CLOCK_KEY)
    with reading(checkpoint, "a checkpoint with the state of a run"):
        return Clock(int(values["images"]), int(values["stream"]))


def _read_text(checkpoint: str, key: str):
    """Read the JSON value of a text inside of a checkpoint; None without the text.

    Raises:
        UserError: the checkpoint is damaged.
    """
    with reading(checkpoint, "a checkpoint"):
        reader = open_checkpoint(checkpoint)
        if not reader.has_tensor(key):
            return None
        text = reader.get_tensor(key)
        if len(text) > _MAX_TEXT:
            raise ValueError(f"a text of {len(text)} bytes")
        return json.loads(text)


def as_stored(checkpoint: str, state: dict) -> dict:
    """Variables by group and name, under the names that they have in a checkpoint.

    Returns:
        `state` itself if the checkpoint has the format of today.

    Raises:
        UserError: see `read_config`.
    """
    record, stored = _read_text(checkpoint, CONFIG_KEY), {}
    if formats.number_of(formats.CHECKPOINT, record, checkpoint) == formats.CHECKPOINT.number:
        return state
    for group, variables in state.items():
        for name, variable in variables.items():
            old = formats.stored_name(formats.CHECKPOINT, record, checkpoint, f"{group}/{name}")
            if old is not None:  # else it is newer than the checkpoint and stays as it was made
                old_group, _, old_name = old.partition("/")
                stored.setdefault(old_group, {})[old_name] = variable
    return stored


def restore_networks(checkpoint: str, **networks) -> None:
    """Load some of `NETWORKS` from a checkpoint, by keyword.

    Raises:
        UserError: the checkpoint is damaged, or of networks that have other weights.
    """
    state = {group: network_state(network) for group, network in networks.items()}
    state = as_stored(checkpoint, state)
    with reading(checkpoint, "a checkpoint"):
        reader = open_checkpoint(checkpoint)
        check_objects_of(reader)
        shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        for group, variables in state.items():
            for name, variable in variables.items():
                # The key of tf.train.Checkpoint for a dictionary; it writes a dot in a name as two.
                key = f"state/{group}/{name.replace('.', '..')}/.ATTRIBUTES/VARIABLE_VALUE"
                wanted = f"{variable.dtype.name} {variable.shape.as_list()}"
                found = f"{types[key].name} {shapes[key]}" if key in shapes else "nothing"
                if found != wanted:
                    raise UserError(
                        f"{printable(checkpoint)} does not fit: {name} of {group} must be {wanted},"
                        f" found {found}."
                    )
        status = tf.train.Checkpoint(state=state).read(checkpoint)
        # Partial: the rest of the checkpoint, such as Adam's moments, is not asked for.
        status.assert_existing_objects_matched().expect_partial()


FOLDER, NAME, _LIST = "checkpoints", "images", "checkpoint"
_MAX_LIST = 2**20  # bytes of a folder's list of its checkpoints


def images_of(checkpoint) -> int:
    """Return the image counter that a checkpoint's name ends in."""
    return int(str(checkpoint).rpartition("-")[2])


def newest_intact(folder, log=print) -> str | None:
    """Return the newest checkpoint of a folder whose every number can be read; None without any.

    Raises:
        UserError: every checkpoint is damaged.
    """
    # Newest last; TensorFlow's own list first, since it names complete ones alone.
    paths = listed(folder) or complete(folder)  # the list may be lost
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
    """Read every tensor against its checksum; return the reason of a failure, or None."""
    try:
        reader = open_checkpoint(checkpoint)
        # Reading verifies: TensorFlow compares each tensor with its CRC-32C.
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    # The reader turns some of TensorFlow's errors into Python's, a file cut short into IndexError.
    except (tf.errors.OpError, OSError, ValueError, RuntimeError, IndexError) as error:
        return cause(error)
    return None


def listed(folder) -> list[str]:
    """Return paths of the checkpoints in a folder's list, oldest first; [] without a list.

    Only names are taken from the list: a folder that was moved lists its old place.
    """
    try:
        open_regular(pathlib.Path(folder) / _LIST, _MAX_LIST).close()
        state = tf.train.get_checkpoint_state(str(folder))
    except (OSError, ValueError):  # no file, empty, or cut short
        return []
    # Names of a file that may be a stranger's: only their last part is used, below.
    paths = state.all_model_checkpoint_paths if state else ()
    return [str(pathlib.Path(folder) / pathlib.Path(path).name) for path in paths]


def complete(folder) -> list[str]:
    """Return paths of the checkpoints whose files are complete, oldest first."""
    found = [p.with_suffix("") for p in pathlib.Path(folder).glob(f"{NAME}-*.index")]
    numbered = [p for p in found if p.name.removeprefix(f"{NAME}-").isdecimal()]
    # The index is written last, but a copy of a folder may lack the data.
    whole = [p for p in numbered if any(p.parent.glob(f"{p.name}.data-*"))]
    return [str(p) for p in sorted(whole, key=images_of)]


def remove_unfinished(folder) -> None:
    """Remove files that a killed or failed save has left, and list the complete checkpoints.

    The files decide, since the list may be lost, damaged or outdated. Nothing complete is removed,
    and old checkpoints are rotated away.
    """
    folder = pathlib.Path(folder)
    names = [pathlib.Path(path).name for path in complete(folder)]
    _write_list(folder, names)
    for path in folder.glob(f"{NAME}-*"):
        if path.is_dir():  # images-1000_temp
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.split(".")[0] not in names:
            path.unlink(missing_ok=True)
    # A list that was being written, by TensorFlow or by `write_text`.
    for path in (*folder.glob(f"{_LIST}.tmp*"), *folder.glob(f".{_LIST}.*.tmp")):
        path.unlink(missing_ok=True)


def _write_list(folder: pathlib.Path, names: list[str]) -> None:
    """Write the list of a folder's checkpoints, oldest first, for tf.train.CheckpointManager.

    The manager forgets checkpoints that are no younger than `last_preserved_timestamp`, which a clock
    that was set back produces. With the times written here it forgets none.
    """
    if not names:
        (folder / _LIST).unlink(missing_ok=True)
        return
    lines = [f'model_checkpoint_path: "{names[-1]}"']
    lines += [f'all_model_checkpoint_paths: "{name}"' for name in names]
    lines += ["all_model_checkpoint_timestamps: 1.0" for _ in names]
    write_text(folder / _LIST, "\n".join([*lines, "last_preserved_timestamp: 0.0"]) + "\n")


def newest(path, name: str = "network") -> str:
    """Return the checkpoint of a path: itself, or the newest of a run directory or its folder.

    Args:
        path: a checkpoint without its extension, a run directory, or its checkpoint folder.
        name: of the argument, for messages.

    Raises:
        UserError: none can be read.
    """
    check_tensorflow_path(name, path)
    if os.path.exists(f"{path}.index"):
        return str(path)
    path = pathlib.Path(path)
    for folder in (path, path / FOLDER):
        found = newest_intact(folder) if os.path.isdir(folder) else None
        if found:
            return found
    problem = "holds no checkpoint" if os.path.lexists(path) else "does not exist"
    raise UserError(
        f"{printable(path)} {problem}; give a run directory or a checkpoint without its extension."
    )
