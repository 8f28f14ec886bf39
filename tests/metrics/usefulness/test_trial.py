"""Arms of a trial, and how they are compared."""

import numpy as np
import pytest

from ada_tf.metrics.usefulness import trial
from ada_tf.metrics.usefulness.task_network import BATCH, MOVES
from ada_tf.metrics.usefulness.trial import HELPS, HURTS, NOT_SEEN, Arm, Outcome, Pictures

REAL = Arm("as they are", 0.0)


def outcome(worths, checked=0.0) -> Outcome:
    return Outcome(REAL, checked, np.asarray(worths, np.float64))


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "real pictures, moved"),
        (0.25, "real and generated, 25% generated, moved"),
        (1, "generated pictures alone, moved"),
    ],
)
def test_an_arm_says_what_it_trains_on(share, words):
    assert Arm("moved", share).in_words() == words


def test_equal_outcomes_differ_in_nothing():
    one = outcome([[1, 0, 1], [1, 1, 0]])
    found = trial.difference(one, one)
    assert (found.value, found.error, found.low, found.high) == (0, 0, 0, 0)
    assert found.verdict == NOT_SEEN


def test_the_sign_of_a_difference_is_that_of_the_second_outcome():
    draw = np.random.RandomState(0)
    bad, good = (outcome(draw.rand(3, 400) < share) for share in (0.5, 0.8))
    better, worse = trial.difference(bad, good), trial.difference(good, bad)
    assert better.verdict == HELPS
    assert worse.verdict == HURTS
    assert better.value == pytest.approx(-worse.value)
    assert (better.low, better.high) == pytest.approx((-worse.high, -worse.low))
    assert better.low < better.value < better.high


@pytest.mark.parametrize("spread", [0.0, 0.03])
def test_of_equal_networks_few_seem_different(spread):
    """`spread` is that of the skill of trained networks, beside that of pictures."""
    draw, told = np.random.RandomState(1), 0
    for _ in range(400):
        skill = draw.normal(0.8, spread, [2, 3, 1])
        one, other = (outcome(draw.rand(3, 200) < s) for s in skill)
        told += trial.difference(one, other).verdict != NOT_SEEN
    assert told <= 0.07 * 400  # 5 % are expected


def test_a_spread_of_seeds_widens_the_interval():
    even, uneven = outcome([[0.2] * 8, [0.2] * 8]), outcome([[0.0] * 8, [0.4] * 8])
    base = outcome(np.zeros([2, 8]))
    assert trial.difference(base, even).verdict == HELPS
    assert trial.difference(base, uneven).verdict == NOT_SEEN


def test_a_spread_of_pictures_widens_the_interval():
    """Also where all trainings come to the same."""
    base = outcome(np.zeros([2, 8]))
    uneven = outcome([[1, 0, 0, 1, -1, 0, 0, 0.6]] * 2)
    assert trial.difference(base, uneven).verdict == NOT_SEEN


def test_one_in_five_of_each_class_is_kept_apart():
    targets = np.repeat(np.eye(3, dtype=np.float32), [50, 10, 5], axis=0)
    for seed in range(7):
        apart = trial._kept_apart(targets, seed)
        assert len(set(apart)) == len(apart) == 13
        assert targets[apart].sum(axis=0).tolist() == [10, 2, 1]
    assert set(trial._kept_apart(targets, 0)) != set(trial._kept_apart(targets, 1))


def marked(value: float, count=6) -> Pictures:
    """Pictures of one value, whose target says it."""
    return Pictures(np.full([count, 4, 4, 1], value, np.float32), np.full([count, 1], value))


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75, 1.0])
def test_a_batch_holds_its_share_of_generated_pictures(share):
    batches = trial._batches(Arm("mirrored", share), marked(-1), marked(1), seed=3)
    for _ in range(3):
        pixels, targets = next(batches)
        assert len(pixels) == BATCH
        assert (pixels[:, 0, 0, 0] == targets[:, 0]).all()
        assert (targets > 0).mean() == share


def test_batches_follow_their_seed():
    real = Pictures(np.arange(6, dtype=np.float32).reshape(6, 1, 1, 1), np.zeros([6, 1]))
    of = {seed: next(trial._batches(REAL, real, real, seed))[0].tolist() for seed in (0, 1)}
    assert of[0] == next(trial._batches(REAL, real, real, 0))[0].tolist() != of[1]


class Learns:
    """In place of a network: remembers what it was given."""

    def fit(self, batches, checked, seed):
        self.learnt = {float(x) for _ in range(20) for x in next(batches)[0].ravel()}
        self.checked = {float(x) for x in checked[0].ravel()}
        return 0.0


def test_what_is_kept_apart_is_not_learnt():
    real = Pictures(np.arange(20, dtype=np.float32).reshape(20, 1, 1, 1), np.zeros([20, 1]))
    network = Learns()
    trial._learn(network, REAL, real, real, seed=1)
    assert len(network.checked) == 4
    assert network.learnt == set(range(20)) - network.checked


def seen(moves: str, picture: np.ndarray) -> int:
    """How many different pictures come of one."""
    found = MOVES[moves](np.random.default_rng(0), np.repeat(picture[None], 200, axis=0))
    return len({moved.tobytes() for moved in found})


def test_moves_make_the_symmetries_of_a_picture():
    square = np.arange(9.0).reshape(3, 3, 1)
    assert [seen(moves, square) for moves in MOVES] == [1, 2, 8]
    assert seen("flipped and turned", np.arange(6.0).reshape(2, 3, 1)) == 4


class Remembers:
    """In place of a network: its loss and its answers follow from its number of batches of each kind."""

    def fit(self, batches, checked, seed):
        pixels, _ = next(batches)
        self.share = float((pixels > 0).mean())
        return abs(self.share - 0.5)

    def answers(self, pixels):
        return np.full([len(pixels), 1], self.share)


def test_the_best_mixture_is_chosen_without_the_test():
    done = []

    def worth(targets, answers):
        assert len(targets) == len(answers) == 10  # of the test
        return 1 - answers[:, 0]  # by which no generated picture would be best

    found = trial.run(
        Remembers(),
        worth,
        marked(-1, 20),
        marked(1, 20),
        marked(-1, 10),
        repeats=2,
        seed=0,
        done=lambda: done.append(1),
    )
    assert [of.arm.share for of in found.outcomes] == [0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert found.mixed.arm.share == 0.5
    assert found.real.arm == REAL
    assert found.difference.verdict == HURTS
    assert len(done) == trial.trainings(2) == 14
