"""Everything that a training state is made of, by group and name."""

import json
from typing import NamedTuple

import tensorflow as tf

from ada_tf import formats
from ada_tf.models import variables_by_name
from ada_tf.settings import to_dict
from ada_tf.training.config import RunConfig

NETWORKS = ("generator", "generator_ema", "discriminator")


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


def described(config: RunConfig) -> dict:
    """What a checkpoint says about its run, with the format that it is of."""
    return formats.stamped(formats.CHECKPOINT, to_dict(config))


def text_variable(values: dict) -> tf.Variable:
    """JSON values as a variable, so that a checkpoint holds them."""
    return tf.Variable(json.dumps(values), dtype=tf.string, trainable=False)
