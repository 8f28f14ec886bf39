"""The torture of tools/torture_resume.py, short: one death at each kind of place."""

import random

import pytest

from tests import forked
from tools import torture_resume as torture

KIMG = 0.08  # 5 batches of 16
TICKS = ("--set=kimg_per_tick=0.032", "--snap=2", "--augpipe=color")  # every second batch


@pytest.fixture(scope="module", autouse=True)
def programs_are_forked(untraced_programs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torture, "subprocess", forked)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    outdir = tmp_path_factory.mktemp("whole")
    torture.start(outdir, KIMG, ticks=TICKS)
    return outdir


def test_a_run_that_dies_four_times_ends_as_if_it_had_not(whole, tmp_path):
    outdir = tmp_path / "runs"
    size = torture.checkpoint_bytes(whole)
    # The second batch; a batch after it, asked to stop; the list of a later checkpoint; the middle
    # of one after that.
    places = (("batch", 2), ("SIGHUP", 1), ("list", 1), ("write", size * 3 // 4))
    for place, count in places:
        died = torture.start(outdir, KIMG, place, count, ticks=TICKS) != 0
        assert died == (place not in torture.GRACEFUL), place
        torture.damage(outdir, random.Random(3))
    torture.start(outdir, KIMG, ticks=TICKS)
    ours, theirs = torture.fingerprint(outdir), torture.fingerprint(whole)
    assert torture.differences(ours, theirs) == []
    assert {"fakes000000.png", "reals.png"} < ours.keys()
    assert sum("stats.jsonl" in name for name in ours) > 10
    assert len(ours) > 50


def test_a_difference_is_seen():
    assert torture.differences({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]
