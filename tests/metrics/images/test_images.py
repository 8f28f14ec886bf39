import numpy as np
import pytest

from ada_tf.metrics.images.images import remembered
from tests.metrics.sets import fakes_of, images


def pixels(source, count):
    return np.concatenate([*source.batches(count)])


@pytest.mark.parametrize(("most", "made"), [(10**6, 30 + 40), (100, 30 + 20 + 30 + 40 + 5)])
def test_what_was_made_is_made_once(most, made):
    fakes = fakes_of(images(1, 40), batch=16)
    kept = remembered(fakes, most)
    for count in (30, 20, 30, 40, 5):
        np.testing.assert_array_equal(pixels(kept, count), images(1, 40)[:count])
    assert fakes.batches.made == made
    assert kept.describe(3) == "3 fakes"
    assert kept.count is None
    assert kept.names() is None


def test_what_was_not_taken_to_its_end_is_not_all_there_is():
    fakes = fakes_of(images(1, 40), batch=16)
    kept = remembered(fakes)
    next(kept.batches(40))
    np.testing.assert_array_equal(pixels(kept, 40), images(1, 40))
