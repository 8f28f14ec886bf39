"""The verdict: copies of few pictures do not drown, and what is said fits what was counted."""

import numpy as np
import pytest

from ada_tf.metrics.copies import CANNOT_TELL, COPIES, NO_SIGN, verdict
from ada_tf.metrics.copies.verdict import Rule


def planted(share, originals, n=1000, seed=0):
    """(hits, groups) of a generator that repeats some originals and else makes what is new."""
    rng = np.random.default_rng(seed)
    hits = rng.random(n) < share
    return hits, np.where(hits, rng.integers(0, originals, n), originals + np.arange(n))


def test_copies_of_few_pictures_do_not_drown_among_many():
    hits, groups = planted(0.65, 20)
    few, all_at_once = Rule(hits, 1, 30, 30), Rule(hits, 1, 30, 1000)
    assert all_at_once.p(groups) > 0.01
    assert few.p(groups) < 1e-4
    assert few.p(groups) == few.p(groups)
    state = np.random.get_state()[1].tolist()
    few.p(groups)
    assert np.random.get_state()[1].tolist() == state


def test_twice_the_median_is_a_p_value():
    """Chance as unseen images know it: below the lowest of 30."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        hits = rng.random(400) < rng.beta(1, 30)
        found.append(Rule(hits, 1, 30, 30).p(np.arange(400)))
    found = np.array(found)
    assert (found < 0.05).mean() < 0.05
    assert (found < verdict.ALARM).sum() == 0
    assert found.max() == 1


def test_subsets_pay_for_their_number():
    """In every subset all images are one group, whose p is that of one suspect of one."""
    rule = Rule(np.ones(100, bool), 1, 30, 30)
    assert rule.p(np.zeros(100, int)) == pytest.approx(2 / 31)
    assert Rule(np.ones(100, bool), 3, 1, 30).p(np.zeros(100, int)) == 1


def test_a_subset_of_all_is_all():
    hits, groups = planted(0.3, 10, 50)
    found = Rule(hits, 2, 40, 50).p(groups)
    suspects = len(np.unique(groups[hits]))
    assert found == verdict.p_value(suspects, suspects + int((~hits).sum()), 2, 40)


def test_the_surest_rule_pays_for_the_others():
    assert verdict.p_of_rules([0.01, 0.4]) == 0.02
    assert verdict.p_of_rules([0.7, 0.8]) == 1


@pytest.mark.parametrize(("training", "tested"), [(30, 1000), (100, 1000), (100, 60), (300, 500)])
def test_the_share_that_would_be_seen_is_seen_nine_times_of_ten(training, tested):
    rank = max(1, round(0.01 * training))

    def rules(hits):
        return [Rule(hits, rank, training + 1 - rank, training), Rule(hits, 1, 99 + training, 300)]

    share = verdict.share_seen(rules(np.zeros(tested, bool)), tested, training)
    seen = {}
    for part in (1, 0.4):
        seen[part] = 0
        for seed in range(30):
            hits, groups = planted(part * share, training, tested, seed)
            p = verdict.p_of_rules(rule.p(groups) for rule in rules(hits))
            seen[part] += p < verdict.ALARM
    assert seen[1] >= 25
    assert seen[0.4] <= 12


def test_more_pictures_see_smaller_shares():
    nothing = np.zeros(1000, bool)
    seen = [
        verdict.share_seen([Rule(nothing, 1, n, n)], 1000, n) or np.inf for n in (12, 30, 60, 100)
    ]
    assert seen == sorted(seen, reverse=True)
    assert verdict.share_seen([Rule(nothing, 1, 5, 5)], 1000, 5) is None


@pytest.mark.parametrize(
    ("p", "excess", "of_count", "seen_from", "expected"),
    [
        (9e-4, 0.5, 1e-9, 0.05, COPIES),
        (9e-4, 0.0, 1.0, None, COPIES),
        (0.5, 0.0, 0.5, 0.1, NO_SIGN),
        (0.5, 0.0, 0.5, 0.105, CANNOT_TELL),  # too little can be seen
        (0.5, 0.0, 0.5, None, CANNOT_TELL),
        (0.5, 0.06, 0.5, 0.05, CANNOT_TELL),  # as many suspects as copies that would be seen
        (0.5, 0.04, 0.019, 0.05, CANNOT_TELL),  # more than chance usually makes
        (1e-3, 0.04, 0.02, 0.05, NO_SIGN),
    ],
)
def test_a_verdict_fits_its_count(p, excess, of_count, seen_from, expected):
    assert verdict.verdict_of(p, excess, of_count, seen_from) == expected


def test_words():
    words = verdict.in_words
    assert words(COPIES, 1000, 30, 0.3) == "the generator copies"
    assert words(NO_SIGN) == "no sign of copying"
    assert words(CANNOT_TELL, 1000, 30, 0.31) == (
        "cannot tell from 1,000 generated and 30 real images, where a share of 31% copies would be"
        " seen"
    )
    assert words(CANNOT_TELL, 1000, 5, None).endswith("where copies would not be seen")
    assert "too few different ones to rule it out" in words(CANNOT_TELL, 1000, 300, 0.05)
    assert words(CANNOT_TELL) == "cannot tell whether it copies"


def test_records_of_earlier_versions_are_read():
    of = verdict.of_record
    assert of({"verdict": CANNOT_TELL, "copying": False}, 5, 9.9) == CANNOT_TELL
    assert of({"copying": True}, 50, 9.9) == COPIES
    assert of({"copying": False}, 12, 9.9) == NO_SIGN
    assert of({}, 3, 2.5) == NO_SIGN
    assert of({"copying": False}, 658, 32.3) == CANNOT_TELL  # which it said was no sign
    assert of({"verdict": ["none"], "copying": True}, 658, 32.3) == COPIES
