"""The torture of tools/torture_resume.py, short: one death at each kind of place."""

import pytest

from tools import torture_resume as torture

KIMG = 0.08  # 5 batches of 16


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    outdir = tmp_path_factory.mktemp("whole")
    torture.finish(outdir, KIMG)
    return outdir


def test_a_run_that_dies_three_times_ends_as_if_it_had_not(whole, tmp_path):
    outdir = tmp_path / "runs"
    size = torture.checkpoint_bytes(whole)
    # The second batch; the middle of a later checkpoint; after the first one of the third life.
    for place, count in (("batch", 2), ("list", 2), ("write", size * 3 // 4)):
        assert torture.kill(outdir, KIMG, place, count), place
    torture.finish(outdir, KIMG)
    ours, theirs = torture.fingerprint(outdir), torture.fingerprint(whole)
    assert torture.differences(ours, theirs) == []
    assert {"fakes000000.png", "reals.png"} < ours.keys()
    assert len(ours) > 50


def test_a_difference_is_seen():
    assert torture.differences({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]
