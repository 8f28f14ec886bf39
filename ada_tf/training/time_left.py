"""How long a run will take, by what it took so far: a pure function of what the watch says."""

from typing import NamedTuple

from ada_tf.durations import in_words, two_digits


class Pace(NamedTuple):
    """What training takes here.

    Attributes:
        image: seconds of training an image.
        pictures: seconds between two ticks, in which pictures are made and checkpoints written.
    """

    image: float
    pictures: float = 0.0


class Plan(NamedTuple):
    """Where a run goes.

    Attributes:
        end: in images.
        pictures: images between two times that pictures are made.
        recommended: images after which results are usually good.
    """

    end: int
    pictures: int
    recommended: int


def seconds_between(pace: Pace, plan: Plan, done: int, until: int) -> float:
    """Seconds from `done` images to `until` images, with the pictures in between."""
    stops = (until - 1) // plan.pictures - done // plan.pictures  # those of `until` come after it
    return (until - done) * pace.image + max(stops, 0) * pace.pictures


def estimate(pace: Pace, plan: Plan, done: int) -> str:
    """A line about what is left after `done` images, fewer than all: speed, next pictures, the end."""
    pictures = (done // plan.pictures + 1) * plan.pictures
    goals = [(pictures, "the next pictures")] if pictures < plan.end else []
    if done < plan.recommended < plan.end:
        goals.append((plan.recommended, f"{plan.recommended / 1000:,.10g} kimg, often enough"))
    goals.append((plan.end, f"the end at {plan.end / 1000:,.10g} kimg"))
    left = [
        f"{in_words(seconds_between(pace, plan, done, images))} to {name}" for images, name in goals
    ]
    return f"{two_digits(1 / pace.image)} images a second: about {', '.join(left)}"
