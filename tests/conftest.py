"""Settings of every test, and trained-like runs.

Four CPU devices for replicas, quiet TensorFlow, no TF32, and no GPU unless CUDA_VISIBLE_DEVICES names one.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Programs of XLA run a few times here: its compiler takes half the time if it does not improve them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

import pytest
import tensorflow as tf

from tests import forked, sentences
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
    """Run iterations as Python, as `forked.short` says.

    tests/training/test_schedules.py keeps that both compute the same.
    """
    with forked.short():
        yield


@pytest.fixture(scope="module")
def untraced_module():
    """The same for all tests of a file, and what they share."""
    with forked.short():
        yield


@pytest.fixture(scope="module")
def untraced_programs():
    """The same for all programs that a file starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(forked.SHORT, "iterations")
        yield


@pytest.fixture(scope="module")
def small_grids_of_programs():
    """Programs that a file starts run graphs, and draw grids of few pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(forked.SHORT, "grids")
        yield


@pytest.fixture
def traced():
    """Run graphs in one test of a file that is `untraced_module`."""
    tf.config.run_functions_eagerly(False)
    yield
    tf.config.run_functions_eagerly(True)


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
