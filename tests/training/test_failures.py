"""Memory, disk and other machines: one sentence each, with what to do."""

import dataclasses
import errno

import pytest
import tensorflow as tf

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.cluster import ALONE
from ada_tf.training.failures import explained, largest_batch_gpu
from ada_tf.training.presets import preset

DATA = DataConfig("digits", resolution=16, channels=1)


def config(batch, batch_gpu, group):
    tiny = preset("tiny", data=DATA)
    network = dataclasses.replace(tiny.network, mbstd_group=group)
    return dataclasses.replace(tiny, batch=batch, batch_gpu=batch_gpu, network=network)


@pytest.mark.parametrize(
    ("batch", "batch_gpu", "group", "replicas", "expected"),
    [
        (32, 32, 4, 1, 16),
        (32, 32, 4, 2, 16),
        (32, 8, 4, 1, 4),
        (32, 4, 4, 1, None),  # 2 would break the groups up
        (24, 24, 4, 1, 12),
        (24, 12, 4, 1, 4),  # 6 does not hold whole groups
        (64, 32, 32, 2, None),
        (4, 4, 1, 1, 2),
    ],
)
def test_the_largest_batch_gpu_to_try(batch, batch_gpu, group, replicas, expected):
    assert largest_batch_gpu(config(batch, batch_gpu, group), replicas) == expected


def sentence(config, cause):
    """What is said about an error."""
    with pytest.raises(UserError) as error, explained(config, ALONE, "run"):
        cause()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_out_of_memory_names_it():
    def too_much():
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    said = sentence(config(32, 32, 4), too_much)
    assert "the largest to try is --batch_gpu=16, which the same run continues with" in said
    said = sentence(config(32, 4, 4), too_much)
    assert "no smaller one holds minibatch-std groups of 4" in said


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (tf.errors.InternalError, "RESOURCE_EXHAUSTED: Failed to allocate request for 2.0GiB"),
        (tf.errors.InternalError, "Failed to load in-memory CUBIN: CUDA_ERROR_OUT_OF_MEMORY"),
        (tf.errors.NotFoundError, "No algorithm worked! Error messages:"),
        (tf.errors.UnknownError, "All algorithms tried for %cudnn-conv.1 failed."),
        (tf.errors.FailedPreconditionError, "Autotuning failed for HLO: out of memory"),
        (tf.errors.InternalError, "CUDNN_STATUS_ALLOC_FAILED"),
    ],
)
def test_a_full_card_is_said_however_xla_puts_it(kind, text):
    def fill():
        raise kind(None, None, text)

    said = sentence(config(32, 32, 4), fill)
    assert "--batch_gpu=16" in said
    # Where nothing speaks of memory, it may be the convolution.
    memory = any(word in text.lower() for word in ("memory", "alloc"))
    assert ("--conv=folded" in said) is not memory


@pytest.mark.parametrize(
    ("conv", "way_out"), [("strided", "--conv=folded"), ("folded", "--precision=float32")]
)
def test_a_convolution_that_the_card_refuses(conv, way_out):
    def refuse():
        text = "All algorithms tried for %conv failed: CUDNN_STATUS_NOT_SUPPORTED"
        raise tf.errors.UnknownError(None, None, text)

    said = sentence(dataclasses.replace(config(32, 32, 4), conv=conv), refuse)
    assert said.startswith("the card refuses a convolution of these networks (")
    assert way_out in said
    assert "batch_gpu" not in said


def test_a_full_disk_is_said():
    def fill():
        raise OSError(errno.ENOSPC, "No space left on device")

    said = sentence(config(32, 32, 4), fill)
    assert said.startswith("run cannot be written (No space left on device)")


def test_defects_stay_defects():
    for error in (OSError(errno.EACCES, "denied"), tf.errors.InternalError(None, None, "a bug")):
        with pytest.raises(type(error)), explained(config(32, 32, 4), ALONE, "run"):
            raise error
