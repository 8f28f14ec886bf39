import pytest

from tests.inference.runs import save_run


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """(run directory, averaged generator) of unconditional RGB networks at 16 pixels."""
    path = tmp_path_factory.mktemp("plain")
    return path, save_run(path).generator_ema


@pytest.fixture(scope="session")
def conditional(tmp_path_factory):
    """The same for 3 classes of grey images at 8 pixels."""
    path = tmp_path_factory.mktemp("conditional")
    return path, save_run(path, resolution=8, channels=1, classes=3).generator_ema
