"""How long it will take: by what the watch says, at every tick, and before a tick that takes long."""

from types import SimpleNamespace

import pytest

from ada_tf.durations import in_words
from ada_tf.training.callbacks import status, ticks
from ada_tf.training.callbacks.status import AGAIN, SOON, EstimateCallback
from ada_tf.training.callbacks.ticks import Stopwatch
from ada_tf.training.time_left import Goals, Pace, seconds_between, time_left

PLAN = Goals(end=25_000_000, pictures=200_000, recommended=5_000_000)


def test_the_line():
    assert time_left(Pace(0.01), PLAN, 1_004_000) == (
        "100 images a second: about 33 min to the next pictures, 11 h to 5,000 kimg, often enough,"
        " 2.8 days to the end at 25,000 kimg"
    )


def test_what_is_behind_or_the_same_is_left_out():
    assert time_left(Pace(0.5), PLAN, 24_900_000) == (
        "2 images a second: about 14 h to the end at 25,000 kimg"
    )
    short = Goals(end=120_000, pictures=20_000, recommended=120_000)
    assert time_left(Pace(0.001), short, 40_000) == (
        "1,000 images a second: about 20 s to the next pictures, 80 s to the end at 120 kimg"
    )


@pytest.mark.parametrize(
    ("done", "until", "stops"), [(0, 200, 0), (1, 200, 0), (200, 400, 0), (200, 401, 1), (50, 1000, 4)]
)  # fmt: skip
def test_pictures_on_the_way_take_their_time(done, until, stops):
    seconds = seconds_between(Pace(0.5, pictures=1000.0), Goals(10_000, 200, 5000), done, until)
    assert seconds == (until - done) * 0.5 + stops * 1000


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=0.0)
    watched = SimpleNamespace(monotonic=lambda: now.seconds)
    monkeypatch.setattr(ticks, "time", watched)
    monkeypatch.setattr(status, "time", watched)
    return now


def said(clock, plan, batches, tick_images=8, begin=0):
    """Lines of a run of batches of 4 images that take so many seconds: (images, line) of each.

    What comes after pictures takes 100 s, after other ticks 1 s.
    """
    lines, model = [], SimpleNamespace(images_done=begin)
    watch = Stopwatch(tick_images)
    left = EstimateCallback(
        plan, watch, lambda t: lines.append((model.images_done, t)), tick_images
    )
    both = [watch, left]
    for callback in both:
        callback.set_model(model)
        callback.on_train_begin()
    for batch, seconds in enumerate(batches):
        for callback in both:
            callback.on_train_batch_begin(batch)
        clock.seconds += seconds
        before, model.images_done = model.images_done, model.images_done + 4
        for callback in both:
            callback.on_train_batch_end(batch)
        done = model.images_done
        if before == 0 or done % tick_images == 0:
            clock.seconds += 100 if before == 0 or done % plan.pictures == 0 else 1
    return lines


def test_a_line_at_every_tick_from_the_first_full_one(clock):
    """The first batch, which compiles, is left out; the pictures at its end are seen."""
    lines = said(clock, Goals(32, pictures=16, recommended=32), [50, 2, 2, 2, 4, 4, 4, 4])
    assert lines == [
        (8, "Estimate  2 images a second: about 4 s to the next pictures, 112 s to the end at 0.032 kimg"),
        (16, "Estimate  2 images a second: about 8 s to the end at 0.032 kimg"),
        (24, "Estimate  1 images a second: about 8 s to the end at 0.032 kimg"),
    ]  # fmt: skip


def test_only_what_pictures_take_is_expected_of_pictures(clock):
    """100 s each; 1 s after other ticks is nothing to speak of."""
    lines = dict(said(clock, Goals(128, pictures=32, recommended=128), [50, *[2] * 12]))
    for images, left in ((8, 3), (24, 3), (40, 2)):
        seconds = (128 - images) / 2 + left * 100
        assert lines[images].endswith(f" {in_words(seconds)} to the end at 0.128 kimg"), images


def test_a_continued_run_leaves_its_first_batch_out_too(clock):
    lines = said(
        clock, Goals(32, pictures=16, recommended=32), [50, 2, 2, 2], tick_images=16, begin=4
    )
    assert lines[0] == (16, "Estimate  2 images a second: about 8 s to the end at 0.032 kimg")


def test_before_a_long_tick_and_within_it(clock):
    lines = said(
        clock,
        Goals(4000, pictures=4000, recommended=4000),
        [500, *[SOON / 2] * 130],
        tick_images=4000,
        begin=4,
    )
    batches = [images // 4 - 1 for images, _ in lines]
    assert batches == [3, 3 + 60, 3 + 120]
    assert AGAIN == 60 * SOON / 2
    assert all("0.4 images a second" in line for _, line in lines)
