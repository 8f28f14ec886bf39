"""Every check: what it calls by its name, on both sides of its limit, and silence on a good run."""

import inspect

import pytest

from ada_tf.diagnosis import run_checks
from ada_tf.diagnosis.evidence import CopiesSeen, Evidence, Level, Marks, Reals
from ada_tf.diagnosis.run_checks import CHECKS
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.settings import Schedule
from ada_tf.training.presets import preset
from tests.diagnosis.cases import KIMG, healthy, looks

BLIND = 1.3863  # 2 log 2, loss of a discriminator that answers 0
R_T, P = "Loss/signs/real", "Progress/augment"
GETS_STUCK = looks([2.0, 0.5, 0.3, 0.29, 0.3, 0.31, 0.29, 0.3])
# (check, state, evidence of it, what is just not enough)
CASES = {
    "nan": (run_checks.returned, "diverging", {"returns": 1}, {"returns": 0}),
    "outputs": (
        run_checks.diverging,
        "diverging",
        {"curves": {"Loss/scores/fake": [-1, -12, -12]}},
        {"curves": {"Loss/scores/fake": [-1, -9, -9]}},
    ),
    # Of a gain of 0.5 the penalty, 0.05 of it with gamma 0.1, takes two fifths, or a fifth.
    "ruled by the penalty": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND - 0.5, "Loss/r1_penalty": 4.0}},
        {"curves": {"Loss/D/loss": BLIND - 0.5, "Loss/r1_penalty": 2.0}},
    ),
    "ruled, of no gain": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND - 0.05, "Loss/r1_penalty": 0.5}},
        {"curves": {"Loss/D/loss": BLIND - 0.01, "Loss/r1_penalty": 0.1}},
    ),
    "ruled, not out of all balance": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND - 0.5, "Loss/r1_penalty": 9.0}},
        {"curves": {"Loss/D/loss": BLIND - 0.5, "Loss/r1_penalty": 11.0}},
    ),
    "ruled, not diverging": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/r1_penalty": 6.0}},
        {"curves": {"Loss/r1_penalty": 6.0, "Loss/scores/real": 30.0}},
    ),
    "ruled, in another game": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/r1_penalty": 9.0}},
        {"curves": {"Loss/r1_penalty": 9.0}, "settings": {"loss.adversarial": "hinge"}},
    ),
    "no penalty": (
        run_checks.gamma_too_low,
        "gamma too low",
        {"settings": {"loss.r1_gamma": 0.001}, "curves": {"Loss/r1_penalty": 2.0}},
        {"settings": {"loss.r1_gamma": 0.01}, "curves": {"Loss/r1_penalty": 2.0}},
    ),
    "no penalty is asked for": (
        run_checks.gamma_too_low,
        "gamma too low",
        {"settings": {"loss.r1_gamma": 1e-4}},
        {"settings": {"loss.r1_gamma": 0.0}},
    ),
    "all alike": (
        run_checks.collapsing,
        "collapsed",
        {"looks": looks([2.0, 0.5], spread=[0.9, 0.5])},
        {"looks": looks([2.0, 0.5], spread=[0.5, 0.7])},
    ),
    "variety lost": (
        run_checks.collapsing,
        "losing variety",
        {"looks": looks([2.0, 0.5, 0.5], coverage=[0.0, 0.8, 0.3])},
        {"looks": looks([2.0, 0.5, 0.5], coverage=[0.0, 0.8, 0.5])},
    ),
    "variety that never was": (
        run_checks.collapsing,
        "losing variety",
        {"looks": looks([2.0, 0.5, 0.5], coverage=[0.0, 0.25, 0.0])},
        {"looks": looks([2.0, 0.5, 0.5], coverage=[0.0, 0.05, 0.0])},
    ),
    "without augmentation": (
        run_checks.by_r_t,
        "overfitting",
        {"settings": {"augment.mode": "noaug"}, "curves": {R_T: [0.3, 0.9, 0.9]}},
        {"settings": {"augment.mode": "noaug"}, "curves": {R_T: [0.9, 0.8, 0.8]}},
    ),
    "without augmentation, seen often": (
        run_checks.by_r_t,
        "overfitting",
        {"settings": {"augment.mode": "noaug"}, "curves": {R_T: 0.9}, "pictures": 1500},
        {"settings": {"augment.mode": "noaug"}, "curves": {R_T: 0.9}, "pictures": 1700},
    ),
    "of how many nobody knows": (
        run_checks.by_r_t,
        "overfitting",
        {"settings": {"augment.mode": "noaug"}, "curves": {R_T: 0.9}},
        {"settings": {"augment.mode": "noaug"}, "curves": {R_T: 0.9}, "pictures": None},
    ),
    "at the cap": (
        run_checks.by_r_t,
        "overfitting",
        {"curves": {R_T: 0.75, P: [0, 0.8, 0.8]}},
        {"curves": {R_T: 0.75, P: [0, 0.5, 0.7]}},
    ),
    "at the cap, on target": (
        run_checks.by_r_t,
        "at the cap",
        {"curves": {R_T: 0.65, P: [0, 0.8, 0.8]}},
        {"curves": {R_T: 0.65, P: [0, 0.8, 0.7]}},
    ),
    "gap": (
        run_checks.by_gap,
        "overfitting",
        {"gap": ("kid1k_held_lite0", Estimate(0.01, 0.002))},
        {"gap": ("kid1k_held_lite0", Estimate(0.01, 0.008))},
    ),
    "copies": (
        run_checks.by_copies,
        "memorising",
        {"copies": CopiesSeen(60, 500, 5.0, True)},
        {"copies": CopiesSeen(60, 500, 5.0, False)},
    ),
    "marks": (
        run_checks.leaking,
        "leaking",
        {"marks": Marks(0.6, 0.8)},
        {"marks": Marks(0.4, 0.8)},
    ),
    "marks on nothing": (
        run_checks.leaking,
        "leaking",
        {"marks": Marks(1.1, 0.6)},
        {"marks": Marks(1.1, 0.3)},
    ),
    "p": (
        run_checks.drowned,
        "too much augmentation",
        {"curves": {P: 0.9}},
        {"curves": {P: 0.8}},
    ),
    "worse": (
        run_checks.getting_worse,
        "getting worse",
        {"looks": looks([2.0, 0.2, 0.1, 0.3])},
        {"looks": looks([2.0, 0.2, 0.1, 0.13])},
    ),
    "worse beyond errors": (
        run_checks.getting_worse,
        "getting worse",
        {"looks": looks([2.0, 0.2, 0.01, 0.09], error=0.02)},
        {"looks": looks([2.0, 0.2, 0.01, 0.09], error=0.04)},
    ),
    "stalled": (
        run_checks.stalled,
        "stalled",
        {"looks": GETS_STUCK},
        {"looks": looks([2.0, 0.5, 0.3, 0.29, 0.3, 0.31, 0.29, 0.2])},
    ),
    "stalled, whatever the errors": (
        run_checks.stalled,
        "stalled",
        {"looks": looks([2.0, 0.5, 0.3, 0.3, 0.29, 0.29, 0.3, 0.3], error=0.1)},
        {"looks": looks([2.0, 0.5, 0.3, 0.3, 0.25, 0.25, 0.3, 0.3], error=0.1)},
    ),
    "stalled, not fallen back": (
        run_checks.stalled,
        "stalled",
        {"looks": GETS_STUCK},
        {"looks": looks([2.0, 0.5, 0.3, 0.29, 0.1, 0.05, 0.1, 1.0])},
    ),
    "too small": (
        run_checks.too_small,
        "network too small",
        {"looks": GETS_STUCK, "curves": {R_T: 0.3, P: 0.0}},
        {"looks": GETS_STUCK, "curves": {R_T: 0.55, P: 0.0}},
    ),
    "too small, or gamma": (
        run_checks.too_small,
        "network too small",
        {"looks": GETS_STUCK, "curves": {R_T: 0.3, P: 0.0}},
        {"looks": GETS_STUCK, "curves": {R_T: 0.3, P: 0.0, "Loss/r1_penalty": 9.0}},
    ),
    "few": (
        run_checks.too_few,
        "too few pictures",
        {"reals": Reals(99)},
        {"reals": Reals(100)},
    ),
    "twins": (
        run_checks.duplicates,
        "duplicates",
        {"reals": Reals(500, 30, 500)},
        {"reals": Reals(500, 20, 500)},
    ),
    "kinds": (
        run_checks.two_kinds,
        "mixed data",
        {"reals": Reals(500, 0, 500, 0.0, 0.1)},
        {"reals": Reals(500, 0, 500, 0.01, 0.1)},
    ),
    "an odd picture": (
        run_checks.two_kinds,
        "mixed data",
        {"reals": Reals(500, 0, 500, 0.0, 0.06)},
        {"reals": Reals(500, 0, 500, 0.0, 0.01)},
    ),
    "better": (
        run_checks.learning,
        "learning",
        {"looks": looks([2.0, 0.5, 0.3, 0.1])},
        {"looks": looks([2.0, 0.5, 0.3, 0.47])},
    ),
    "better than after training, whatever was before": (
        run_checks.learning,
        "learning",
        {"looks": looks([0.05, 2.0, 0.5, 0.1])},
        {"looks": looks([2.0, 0.1, 0.5, 0.1])},
    ),
    "as good as real": (
        run_checks.learning,
        "learned",
        {"looks": looks([2.0, 0.03, 0.03, 0.03])},
        {"looks": looks([2.0, 0.06, 0.06, 0.06])},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_check_speaks_beyond_its_limit(case):
    check, state, ill, well = case
    finding, other = check(healthy(**ill)), check(healthy(**well))
    assert finding.state == state
    assert other is None or other.state != state


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_said_holds_its_number_and_names_curves(case):
    check, _, ill, _ = case
    found = healthy(**ill)
    finding = check(found)
    assert finding.sentence.endswith(".")
    assert any(character.isdigit() for character in finding.sentence) or finding.number == 1
    assert finding.level <= Level.NOTE or finding.advice.endswith((".", ")."))
    known = {"Pictures/distance", "Pictures/coverage", "Pictures/spread", "Loss/D/reg"}
    assert set(finding.curves) <= set(found.curves) | known


def test_every_check_has_a_case():
    assert {case[0] for case in CASES.values()} == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_good_run_is_well_and_an_unknown_one_is_nothing(check):
    finding = check(healthy())
    assert finding is None or finding.level == Level.GOOD
    assert check(Evidence(preset("tiny", resolution=16, channels=3), 0.0, {})) is None


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_check_is_explained(check):
    assert inspect.getdoc(check)


def test_classes_may_be_of_two_kinds():
    mixed = {"reals": Reals(500, 0, 500, 0.0, 0.4)}
    settings = {"num_classes": 2, "data.cond": True}
    assert run_checks.two_kinds(healthy(**mixed)) is not None
    assert run_checks.two_kinds(healthy(settings, **mixed)) is None


def test_advice_follows_the_settings():
    high = run_checks.gamma_too_high(healthy({"loss.r1_gamma": 5.0}, {"Loss/r1_penalty": 0.15}))
    low = run_checks.gamma_too_low(healthy({"loss.r1_gamma": 5.0}, {"Loss/r1_penalty": 1e-4}))
    assert "--gamma=0.5 " in high.advice
    assert "--gamma=50 " in low.advice


def test_advice_follows_the_present_number_of_a_schedule():
    """Gamma is 5 at 80 kimg, where this run is."""
    gamma = Schedule("steps", (0.1, 5.0, 50.0), (0, 80, 81))
    high = run_checks.gamma_too_high(healthy({"loss.r1_gamma": gamma}, {"Loss/r1_penalty": 0.15}))
    assert "--gamma=0.5 (5 now)" in high.advice


def test_p_may_have_no_cap():
    free = healthy({"augment.cap": None}, {R_T: 0.9, P: [0, 0.9, 1.0]})
    assert run_checks.by_r_t(free).state == "overfitting"
    assert run_checks.by_r_t(healthy({"augment.cap": None}, {R_T: 0.9, P: 0.8})) is None


def test_r_v_has_no_target_of_r_t():
    held = healthy({"augment.mode": "adarv"}, {R_T: 0.9, P: [0, 0.8, 0.8]})
    assert run_checks.by_r_t(held).state == "at the cap"


def test_numbers_are_those_of_the_last_quarter():
    early = healthy({"augment.mode": "noaug"}, {R_T: [0.99, 0.99, 0.99, 0.5, 0.5]})
    assert run_checks.by_r_t(early) is None
    assert early.now(R_T) == pytest.approx(0.5)
    assert early.curves[R_T].after(0) == pytest.approx(early.curves[R_T].values.mean())
    assert early.curves[R_T].after(KIMG[-1]) == pytest.approx(0.5)
