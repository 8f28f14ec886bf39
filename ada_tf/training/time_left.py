"""Time that is left of a run, from the pace of the run itself."""

from typing import NamedTuple

from ada_tf.durations import in_words, two_digits


class Pace(NamedTuple):
    """Measured pace of a run.

    Attributes:
        image: seconds of training an image.
        pictures: seconds between two ticks in which images and checkpoints are written.
    """

    image: float
    pictures: float = 0.0


class Goals(NamedTuple):
    """Image counters that a run heads for.

    Attributes:
        end: of the run.
        pictures: images between two grids.
        recommended: usual length after which results are good.
    """

    end: int
    pictures: int
    recommended: int


def seconds_between(pace: Pace, goals: Goals, done: int, until: int) -> float:
    """Predict seconds from `done` to `until` images, grids on the way included."""
    stops = (until - 1) // goals.pictures - done // goals.pictures  # that of `until` comes after it
    return (until - done) * pace.image + max(stops, 0) * pace.pictures


def time_left(pace: Pace, goals: Goals, done: int) -> str:
    """Describe the speed after `done` images, and the time to the next grid and to the end."""
    pictures = (done // goals.pictures + 1) * goals.pictures
    stops = [(pictures, "the next pictures")] if pictures < goals.end else []
    if done < goals.recommended < goals.end:
        stops.append((goals.recommended, f"{goals.recommended / 1000:,.10g} kimg, often enough"))
    stops.append((goals.end, f"the end at {goals.end / 1000:,.10g} kimg"))
    left = [
        f"{in_words(seconds_between(pace, goals, done, images))} to {name}"
        for images, name in stops
    ]
    return f"{two_digits(1 / pace.image)} images a second: about {', '.join(left)}"
