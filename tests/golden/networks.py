"""Builds our networks from the configuration that golden vectors carry, with their weights."""

from ada_tf.models import Discriminator, Generator, MappingNetwork
from ada_tf.models.names import assign_weights

RENAMED = {
    "resample_filter": "resample_taps",
    "num_fp16_res": "num_low_precision",
}


def _renamed(kwargs):
    return {RENAMED.get(k, k): v for k, v in kwargs.items()}


def _shape(kwargs):
    """Take the shape of images out of the arguments."""
    side = kwargs.pop("img_resolution")
    return side, side, kwargs.pop("img_channels")


def mapping(kwargs, arrays):
    """A MappingNetwork and the decay of its average."""
    kwargs = dict(kwargs)
    beta = kwargs.pop("w_avg_beta", 0.995)
    kwargs.pop("num_ws")
    network = MappingNetwork(track_average=beta is not None, **kwargs)
    assign_weights(network, arrays)
    return network, beta


def generator(kwargs, arrays):
    kwargs = dict(kwargs)
    synthesis = _renamed(kwargs.pop("synthesis_kwargs"))
    synthesis["shape"] = _shape(kwargs)
    network = Generator(mapping=kwargs.pop("mapping_kwargs"), synthesis=synthesis, **kwargs)
    assign_weights(network, arrays)
    return network


def discriminator(kwargs, arrays):
    kwargs = dict(kwargs)
    kwargs = {"shape": _shape(kwargs), **_renamed(kwargs)}
    block = _renamed(kwargs.pop("block_kwargs", {}))
    network = Discriminator(
        mapping=kwargs.pop("mapping_kwargs"), **kwargs.pop("epilogue_kwargs"), **block, **kwargs
    )
    assign_weights(network, arrays)
    return network
