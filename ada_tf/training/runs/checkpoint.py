"""Complete training states on disk, by name, through tf.train.Checkpoint.

A checkpoint describes itself: the configuration lies inside, variables are named as published
StyleGAN2 weights name them, and everything that a resumed run needs is there: both networks, the
average, both Adam states, p and its accumulator, the path length mean and the image counter.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
from typing import NamedTuple

import tensorflow as tf

from ada_tf import formats
from ada_tf.errors import UserError
from ada_tf.files import (
    cause,
    check_tensorflow_path,
    open_regular,
    printable,
    reading,
    write_text,
)
from ada_tf.models import variables_by_name
from ada_tf.training.runs.checkpoint_file import check_objects_of, open_checkpoint
from ada_tf.training.cluster import ALONE
from ada_tf.settings import differences, from_dict, tell, to_dict
from ada_tf.training.config import OF_CLASSES, WITHOUT_WEIGHTS, RunConfig

FOLDER, NAME, LIST = "checkpoints", "images", "checkpoint"
CONFIG_KEY = "state/config/.ATTRIBUTES/VARIABLE_VALUE"
DATA_KEY = "state/data/.ATTRIBUTES/VARIABLE_VALUE"
KEEP = 3  # checkpoints of a run to continue from: the newest, and others should it be damaged
NETWORKS = ("generator", "generator_ema", "discriminator")
# Bytes of a folder's list of its checkpoints, and of a text inside of a checkpoint.
MAX_LIST, MAX_TEXT = 2**20, 2**22


class TrainingData(NamedTuple):
    """The images of a run: how many an epoch has, and what tells them from others."""

    images: int
    fingerprint: str


NO_DATA = TrainingData(0, "")


def state_of(model) -> dict:
    """Every variable of a compiled model, by group and name."""
    state = {group: network_state(getattr(model, group)) for group in NETWORKS}
    for group in ("g_optimizer", "d_optimizer"):
        variables = getattr(model, group).variables
        # Their names hold those that Keras gives to layers; what they are comes last.
        kinds = [v.name.rpartition("_")[2] for v in variables]
        state[group] = {f"{i:04d}_{kinds[i]}": v.value for i, v in enumerate(variables)}
    state["means"] = dict(model.means)
    if model.augment is not None:
        state["augment"] = {"p": model.augment.p.value, "observed": model.augment.accumulator}
    return state


def network_state(network) -> dict:
    """Variables of one network by name."""
    return {name: variable.value for name, variable in variables_by_name(network).items()}


class Checkpoints:
    """The checkpoints of one run.

    Args:
        run_dir: the run's folder.
        model: compiled model, whose state is saved and restored.
        config: saved inside every checkpoint.
        keep: how many of the newest to keep.
        cluster: the machines that train together. All call every method, the chief alone writes.
        data: the images that are trained on, saved inside every checkpoint.
    """

    def __init__(self, run_dir, model, config: RunConfig, keep=KEEP, cluster=ALONE, data=NO_DATA):
        self._model, self._cluster = model, cluster
        self.folder = pathlib.Path(run_dir) / FOLDER
        state = state_of(model)
        # Replicas add the sums of their own copies up when asked for them: ask before writing.
        self._observed = None
        if model.augment is not None:
            self._observed = tf.Variable(tf.zeros_like(model.augment.accumulator), trainable=False)
            state["augment"]["observed"] = self._observed
        # A restored checkpoint brings the texts of its own time: they are set at every save.
        self._about = {"config": described(config), "data": data._asdict()}
        self._texts = {name: text_variable({}) for name in (*self._about, "clock", "stats")}
        self._checkpoint = tf.train.Checkpoint(state={**state, **self._texts})
        self._manager = None
        if cluster.is_chief:
            remove_unfinished(self.folder)
            self._manager = tf.train.CheckpointManager(
                self._checkpoint, str(self.folder), max_to_keep=keep, checkpoint_name=NAME
            )

    def path_of(self, images: int) -> str:
        """The checkpoint after so many images, whether it is there or not."""
        return str(self.folder / f"{NAME}-{images}")

    def holds(self, images: int) -> bool:
        """Whether there is a checkpoint after so many images."""
        return pathlib.Path(f"{self.path_of(images)}.index").exists()

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
        clock = dataclasses.asdict(self._model.clock)
        about = {**self._about, "clock": clock, "stats": self._model.stats.sums()}
        for name, text in self._texts.items():
            text.assign(json.dumps(about[name]))
        try:
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
        """Load the newest checkpoint that is complete, if there is one, and return its path.

        Args:
            log: called with one line for each checkpoint that is damaged.

        Raises:
            UserError: there are checkpoints, but every one is damaged, or of another format.
        """
        found = newest_intact(self.folder, log) if self._cluster.is_chief else None
        number = -1 if found is None else images_of(found)
        (number,) = self._cluster.add([number if self._cluster.is_chief else 0])
        if number < 0:
            return None
        path = self.path_of(number)
        read_config(path)  # says so if it is of another format
        read_data(path)  # and if it is no whole state
        self._checkpoint.restore(path).assert_existing_objects_matched()
        if self._observed is not None:
            self._model.augment.accumulator.assign(self._observed)
        self._model.clock.go_to(**json.loads(self._texts["clock"].numpy()))
        self._model.stats.go_on_from(json.loads(self._texts["stats"].numpy()))
        return path


def described(config: RunConfig) -> dict:
    """What a checkpoint says about its run, with the format that it is of."""
    return formats.stamped(formats.CHECKPOINT, to_dict(config))


def text_variable(values: dict) -> tf.Variable:
    """JSON values as a variable, so that a checkpoint holds them."""
    return tf.Variable(json.dumps(values), dtype=tf.string, trainable=False)


def images_of(checkpoint) -> int:
    """The images after which a checkpoint was written, which its name ends in."""
    return int(str(checkpoint).rpartition("-")[2])


def newest_intact(folder, log=print) -> str | None:
    """The newest checkpoint of a folder of which every number can be read, or None without any.

    Raises:
        UserError: there are some, but every one is damaged.
    """
    paths = listed(folder) or complete(folder)  # the list itself may be what was lost
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
        reader = open_checkpoint(checkpoint)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    # The reader turns some of TensorFlow's errors into Python's, a file cut short into IndexError.
    except (tf.errors.OpError, OSError, ValueError, RuntimeError, IndexError) as error:
        return cause(error)
    return None


def listed(folder) -> list[str]:
    """Paths of the checkpoints that a folder's list names, oldest first; none without a list.

    Their names are looked for in the folder itself, wherever the list says that they are.
    """
    try:
        open_regular(pathlib.Path(folder) / LIST, MAX_LIST).close()
        state = tf.train.get_checkpoint_state(str(folder))
    except (OSError, ValueError):  # none, no file, empty or cut short
        return []
    paths = state.all_model_checkpoint_paths if state else ()
    return [str(pathlib.Path(folder) / pathlib.Path(path).name) for path in paths]


def complete(folder) -> list[str]:
    """Paths of the checkpoints of which all files are in a folder, oldest first."""
    found = [p.with_suffix("") for p in pathlib.Path(folder).glob(f"{NAME}-*.index")]
    numbered = [p for p in found if p.name.removeprefix(f"{NAME}-").isdecimal()]
    whole = [p for p in numbered if any(p.parent.glob(f"{p.name}.data-*"))]
    return [str(p) for p in sorted(whole, key=images_of)]


def remove_unfinished(folder) -> None:
    """Remove what a killed or failed save has left, and list what is complete.

    The list may be lost or damaged, or older than the newest files: what is there decides, so that
    nothing complete is removed, and old checkpoints are rotated away.
    """
    folder = pathlib.Path(folder)
    names = [pathlib.Path(path).name for path in complete(folder)]
    write_list(folder, names)
    for path in folder.glob(f"{NAME}-*"):
        if path.is_dir():  # images-1000_temp
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.split(".")[0] not in names:
            path.unlink(missing_ok=True)


def write_list(folder: pathlib.Path, names: list[str]) -> None:
    """Write the list of a folder's checkpoints, oldest first, for tf.train.CheckpointManager.

    The manager forgets checkpoints that are no younger than `last_preserved_timestamp`, as by a
    clock that was set back: with these times it forgets none.
    """
    if not names:
        (folder / LIST).unlink(missing_ok=True)
        return
    lines = [f'model_checkpoint_path: "{names[-1]}"']
    lines += [f'all_model_checkpoint_paths: "{name}"' for name in names]
    lines += ["all_model_checkpoint_timestamps: 1.0" for _ in names]
    write_text(folder / LIST, "\n".join([*lines, "last_preserved_timestamp: 0.0"]) + "\n")


def newest(path, name: str = "network") -> str:
    """The checkpoint that `path` means: a checkpoint, a run directory, or its checkpoint folder.

    Args:
        path: of either.
        name: of the argument, for messages.

    Raises:
        UserError: there is none that can be read.
    """
    check_tensorflow_path(name, path)
    if os.path.exists(f"{path}.index"):
        return str(path)
    path = pathlib.Path(path)
    for folder in (path, path / FOLDER):
        found = newest_intact(folder) if folder.is_dir() else None
        if found:
            return found
    raise UserError(
        f"{printable(path)} holds no checkpoint; give a run directory or a checkpoint without its"
        " extension."
    )


def read_config(checkpoint: str) -> RunConfig:
    """The configuration inside a checkpoint.

    Raises:
        OtherFormat: another version of ada_tf has written it.
        UserError: the checkpoint is damaged or not of ada_tf.
    """
    values = _read_text(checkpoint, CONFIG_KEY)
    if values is None:
        raise UserError(
            f"{printable(checkpoint)} was not written by ada_tf: it holds no configuration."
        )
    values = formats.current(formats.CHECKPOINT, values, checkpoint)
    try:
        return from_dict(RunConfig, values)
    except UserError as error:
        raise UserError(
            f"{printable(checkpoint)} holds a configuration that is not of this version of ada_tf:"
            f" {error}"
        ) from error


def read_data(checkpoint: str) -> TrainingData:
    """The images that a checkpoint was trained on.

    Raises:
        UserError: it does not say, as those that hold a generator alone.
    """
    values = _read_text(checkpoint, DATA_KEY)
    if values is None:
        raise UserError(
            f"{printable(checkpoint)} is no whole state of a run and cannot be continued; start a new"
            " run with --restart."
        )
    with reading(checkpoint, "a checkpoint"):
        return TrainingData(int(values["images"]), str(values["fingerprint"]))


def _read_text(checkpoint: str, key: str):
    """The JSON value of a text inside of a checkpoint, None if there is no such text.

    Raises:
        UserError: the checkpoint is damaged.
    """
    with reading(checkpoint, "a checkpoint"):
        reader = open_checkpoint(checkpoint)
        if not reader.has_tensor(key):
            return None
        text = reader.get_tensor(key)
        if len(text) > MAX_TEXT:
            raise ValueError(f"a text of {len(text)} bytes")
        return json.loads(text)


def restore_networks(checkpoint: str, **networks) -> None:
    """Load some of `NETWORKS` from a checkpoint, by keyword.

    Raises:
        UserError: the checkpoint is damaged, or of networks that have other weights.
    """
    state = {group: network_state(network) for group, network in networks.items()}
    with reading(checkpoint, "a checkpoint"):
        reader = open_checkpoint(checkpoint)
        check_objects_of(reader)
        shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        for group, variables in state.items():
            for name, variable in variables.items():
                key = f"state/{group}/{name.replace('.', '..')}/.ATTRIBUTES/VARIABLE_VALUE"
                wanted = f"{variable.dtype.name} {variable.shape.as_list()}"
                found = f"{types[key].name} {shapes[key]}" if key in shapes else "nothing"
                if found != wanted:
                    raise UserError(
                        f"{printable(checkpoint)} does not fit: {name} of {group} must be {wanted},"
                        f" found {found}."
                    )
        status = tf.train.Checkpoint(state=state).read(checkpoint)
        status.assert_existing_objects_matched().expect_partial()


def check_architecture(ours: RunConfig, checkpoint: str) -> None:
    """Refuse to load weights into networks that have others, or use them differently.

    Raises:
        UserError: naming every setting that differs; those that own no weights may.
    """
    theirs = read_config(checkpoint)
    free = WITHOUT_WEIGHTS if ours.num_classes else WITHOUT_WEIGHTS + OF_CLASSES
    same = {name: getattr(ours.network, name) for name in free}
    theirs = dataclasses.replace(theirs, network=dataclasses.replace(theirs.network, **same))
    found = [
        d
        for d in differences(ours, theirs)
        if d.path.startswith("network.")
        or d.path in ("data.resolution", "data.channels", "num_classes")
    ]
    if found:
        raise UserError(f"checkpoint {checkpoint} is of another architecture: {tell(found)}.")
