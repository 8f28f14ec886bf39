"""Settings of every test, and trained-like runs.

Four CPU devices for replicas, quiet TensorFlow, no TF32, and no GPU unless CUDA_VISIBLE_DEVICES names one.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest
import tensorflow as tf

from tests import sentences
from tests.slow import is_slow

PLAIN = (str, int, float, type(None))  # values that tell themselves
_CPUS = tf.config.list_physical_devices("CPU")
tf.config.experimental.enable_tensor_float_32_execution(False)  # golden numbers are of float32
tf.config.set_logical_device_configuration(_CPUS[0], [tf.config.LogicalDeviceConfiguration()] * 4)


def pytest_addoption(parser):
    """Take --write-sentences, which `tests.sentences` describes."""
    parser.addoption("--write-sentences", action="store_true", help="write the golden sentences")


def pytest_configure(config):
    """Compare refusals with the golden sentences, or write those."""
    sentences.start(config)


def pytest_make_parametrize_id(val):
    """Name a test by the flags or settings it is given, and not by their number."""
    if isinstance(val, dict) and all(isinstance(key, str) for key in val):
        val = [f"{key}={value}" for key, value in val.items() if isinstance(value, PLAIN)] or None
    if isinstance(val, (list, tuple)) and all(isinstance(value, PLAIN) for value in val):
        return ascii(" ".join(map(str, val)) or "nothing")[1:-1][:80]
    return None


def pytest_collection_modifyitems(items):
    """Mark what `tests.slow` names, for -m "not slow"."""
    for item in items:
        if is_slow(item.nodeid):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def basetemp_of_sentences(tmp_path_factory):
    """Tell `tests.sentences` which folders are temporary."""
    sentences.use_basetemp(tmp_path_factory.getbasetemp())


@pytest.fixture
def untraced():
    """Run iterations as Python: of a few iterations, tracing the graph is four fifths of the time.

    tests/training/test_schedules.py keeps that both compute the same. Of more than three or four iterations, or
    beside scores and pictures of a run, the graph is the quicker one.
    """
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def untraced_module():
    """The same for all tests of a file, and what they share."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


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
