"""Settings of every test, and trained-like runs.

Four CPU devices for replicas, quiet TensorFlow, no TF32, and no GPU unless CUDA_VISIBLE_DEVICES names one.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest
import tensorflow as tf

from tests.slow import is_slow

_CPUS = tf.config.list_physical_devices("CPU")
tf.config.experimental.enable_tensor_float_32_execution(False)  # golden numbers are of float32
tf.config.set_logical_device_configuration(_CPUS[0], [tf.config.LogicalDeviceConfiguration()] * 4)


def pytest_collection_modifyitems(items):
    """Mark what `tests.slow` names, for -m "not slow"."""
    for item in items:
        if is_slow(item.nodeid):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """(run directory, averaged generator) of unconditional RGB networks at 16 pixels."""
    from tests.inference.runs import save_run

    path = tmp_path_factory.mktemp("plain")
    return path, save_run(path).generator_ema


@pytest.fixture(scope="session")
def conditional(tmp_path_factory):
    """The same for 3 classes of grey images at 8 pixels."""
    from tests.inference.runs import save_run

    path = tmp_path_factory.mktemp("conditional")
    return path, save_run(path, resolution=8, channels=1, classes=3).generator_ema
