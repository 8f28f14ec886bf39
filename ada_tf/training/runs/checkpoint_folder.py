"""Which checkpoints a folder holds, which of them are whole, and which one is meant."""

import os
import pathlib
import shutil

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import cause, check_tensorflow_path, open_regular, printable, write_text
from ada_tf.interop.checkpoint_file import open_checkpoint

FOLDER, NAME, LIST = "checkpoints", "images", "checkpoint"
MAX_LIST = 2**20  # bytes of a folder's list of its checkpoints


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
        found = newest_intact(folder) if os.path.isdir(folder) else None
        if found:
            return found
    raise UserError(
        f"{printable(path)} holds no checkpoint; give a run directory or a checkpoint without its"
        " extension."
    )
