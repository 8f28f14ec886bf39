import gc

import pytest


@pytest.fixture(autouse=True, scope="module")
def little_garbage():
    """What the tests before have left is not gone through again and again while seconds are counted."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
