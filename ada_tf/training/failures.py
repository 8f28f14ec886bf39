"""Failures from outside that end a run, each in one sentence: memory, disk, other machines."""

import contextlib
import errno
import re

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import cause

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What XLA and CUDA say, by errors of many classes, of a card that is full: while they allocate, compile
# and try the algorithms of cuDNN. TensorFlow has no other sign of it.
_FULL_CARD = re.compile(
    r"resource_exhausted|out of memory|out_of_memory|failed to allocate|alloc_failed", re.IGNORECASE
)
# Of a convolution for which cuDNN has no algorithm in this format, layout or size.
_REFUSED = re.compile(r"cudnn_status_(not_supported|bad_param|arch_mismatch)", re.IGNORECASE)
# Of algorithms none of which ran: mostly for want of memory, and no word says so.
_NONE_RAN = re.compile(
    r"no algorithm worked|all algorithms tried|autotuning failed|best cudnn convolution algorithm"
    r"|cudnn_status_",
    re.IGNORECASE,
)
# Errors with which TensorFlow reports a lost connection.
_PEER_GONE = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError,
             tf.errors.InternalError, tf.errors.DeadlineExceededError)  # fmt: skip


def largest_batch_gpu(config, replicas: int = 1) -> int | None:
    """Return the batch_gpu to try when the present one does not fit into memory.

    Returns:
        The largest divisor of a replica's share that is at most half as large and still holds whole
        minibatch-std groups; None if there is none.
    """
    share, group = config.batch // replicas, config.network.batch_group
    for size in range(config.batch_gpu // 2, 0, -1):
        # Parts must be equal, and each holds whole minibatch-std groups.
        if share % size == 0 and size % (group or size) == 0:
            return size
    return None


@contextlib.contextmanager
def explained(config, cluster, run_dir):
    """Turn errors that the user can mend into a `UserError`."""
    try:
        yield
    except tf.errors.OpError as error:
        sentence = _of_tensorflow(error, config, cluster, run_dir)
        if sentence is None:
            raise
        raise UserError(sentence) from error
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise UserError(_disk_full(run_dir, error)) from error
        raise


def fills_card(error: tf.errors.OpError) -> bool:
    """Return True if an error says that memory is full, in the words of TensorFlow, XLA or CUDA."""
    return isinstance(error, tf.errors.ResourceExhaustedError) or bool(
        _FULL_CARD.search(str(error))
    )


def _of_tensorflow(error: tf.errors.OpError, config, cluster, run_dir) -> str | None:
    """Return the sentence about an error of TensorFlow; None if it is a defect."""
    text, exhausted = str(error), isinstance(error, tf.errors.ResourceExhaustedError)
    if exhausted and "No space left" in text:  # the same class as of full memory
        return _disk_full(run_dir, error)
    if fills_card(error):
        return f"{_out_of_memory(config, cluster.replicas)}."
    if _REFUSED.search(text):
        return f"the card refuses a convolution of these networks ({cause(error)}); {_way_out(config)}."
    if _NONE_RAN.search(text):
        return (
            f"{_out_of_memory(config, cluster.replicas)}; if that is no help, {_way_out(config)}."
        )
    if isinstance(error, _PEER_GONE) and cluster.workers > 1:
        return (
            f"another of the {cluster.workers} machines is gone ({cause(error)}); give the same"
            " command again on all of them to continue from the newest checkpoint."
        )
    return None


def _disk_full(run_dir, error) -> str:
    """Return the sentence about a full disk."""
    return (
        f"{run_dir} cannot be written ({cause(error)}); the newest complete checkpoint is intact:"
        " make room and give the same command again."
    )


def _out_of_memory(config, replicas: int) -> str:
    """Return the sentence about full memory."""
    smaller = largest_batch_gpu(config, replicas)
    advice = (
        f"the largest to try is --batch_gpu={smaller}, which the same run continues with"
        if smaller
        else f"no smaller one holds minibatch-std groups of {config.network.batch_group}, so try a"
        " smaller --resolution"
    )
    return f"batch_gpu={config.batch_gpu} images at a time do not fit into memory; {advice}"


def _way_out(config) -> str:
    """Return what to do about convolutions that a card cannot do."""
    if config.conv == "strided":
        return "the same run continues in plain ones with --conv=folded"
    return "give --xla=off, or begin another run with --precision=float32"
