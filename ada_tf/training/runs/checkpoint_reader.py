"""What is inside of a checkpoint: its configuration, what it was trained on, its networks."""

import json

import tensorflow as tf

from ada_tf import formats
from ada_tf.errors import UserError
from ada_tf.files import printable, reading
from ada_tf.interop.checkpoint_file import check_objects_of, open_checkpoint
from ada_tf.settings import from_dict
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.clock import Clock
from ada_tf.training.runs.state import TrainingData, network_state

CONFIG_KEY = "state/config/.ATTRIBUTES/VARIABLE_VALUE"
CLOCK_KEY = "state/clock/.ATTRIBUTES/VARIABLE_VALUE"
DATA_KEY = "state/data/.ATTRIBUTES/VARIABLE_VALUE"
MAX_TEXT = 2**22  # bytes


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


def read_clock(checkpoint: str) -> Clock:
    """Where a run was when a checkpoint was written.

    Raises:
        UserError: it does not say, or not in numbers.
    """
    values = _read_text(checkpoint, CLOCK_KEY)
    with reading(checkpoint, "a checkpoint with the state of a run"):
        return Clock(int(values["images"]), int(values["stream"]))


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
