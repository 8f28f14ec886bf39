"""Every check: what it calls by its name, on both sides of its limit, and silence on a good run."""

import dataclasses
import inspect

import pytest

from ada_tf.diagnosis import run_checks
from ada_tf.diagnosis.diagnosis import diagnose
from ada_tf.diagnosis.evidence import CopiesSeen, Evidence, Level, Marks, Reals, Variety
from ada_tf.diagnosis.run_checks import CHECKS
from ada_tf.metrics.copies import CANNOT_TELL, COPIES, NO_SIGN
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.settings import Schedule
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import preset
from tests.diagnosis.cases import KIMG, healthy, looks

BLIND = 1.3863  # 2 log 2, loss of a discriminator that answers 0
P = "Progress/augment"
NO_ADA = {"augment.mode": "noaug"}
PAIRS = {"loss.adversarial": "relativistic"}
# Without augmentation, held-out pictures and a search for copies.
UNKNOWN = {"settings": NO_ADA, "r_v": None, "copies": None}
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
    "ruled, of little gain": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND - 0.05, "Loss/r1_penalty": 0.5}},
        {"curves": {"Loss/D/loss": BLIND - 0.01, "Loss/r1_penalty": 0.1}},
    ),
    "out of all balance": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND - 0.5, "Loss/r1_penalty": 11.0}},
        {"curves": {"Loss/D/loss": BLIND - 0.5, "Loss/r1_penalty": 2.0}},
    ),
    "out of all balance, without a gain": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND + 1.4, "Loss/r1_penalty": 1.0}},
        {"curves": {"Loss/D/loss": BLIND + 1.4, "Loss/r1_penalty": 0.5}},
    ),
    "out of all balance, of pairs": (
        run_checks.gamma_too_high,
        "gamma too high",
        {"curves": {"Loss/D/loss": BLIND / 2, "Loss/r1_penalty": 1.0}, "settings": PAIRS},
        {"curves": {"Loss/D/loss": BLIND / 2 - 0.1, "Loss/r1_penalty": 1.0}, "settings": PAIRS},
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
        {"curves": {"Loss/r1_penalty": 9.0}, "settings": {"loss.adversarial": "wasserstein"}},
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
        {"looks": looks([2.0, 0.5], spread=[0.9, 0.45])},
        {"looks": looks([2.0, 0.5], spread=[0.45, 0.55])},
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
    "a handful of motifs": (
        run_checks.collapsing,
        "collapsed",
        {"variety": Variety(0.4)},
        {"variety": Variety(0.55)},
    ),
    "a handful of motifs, of a class": (
        run_checks.collapsing,
        "collapsed",
        {"variety": Variety(0.9, {3: 0.1, 7: 0.9})},
        {"variety": Variety(0.9, {3: 0.4, 7: 0.9})},
    ),
    "a handful of groups": (
        run_checks.collapsing,
        "collapsed",
        {"left": (74, 500)},
        {"left": (75, 500)},
    ),
    "a handful of groups, of few pictures known by heart": (
        run_checks.collapsing,
        "collapsed",
        {"left": (50, 500), "reals": Reals(120, 0, 120)},
        {"left": (65, 500), "reals": Reals(120, 0, 120)},
    ),
    "a handful of groups, if chance is known": (
        run_checks.collapsing,
        "collapsed",
        {"left": (20, 500), "reals": Reals(100, 0, 100)},
        {"left": (20, 500), "reals": Reals(99, 0, 99)},
    ),
    "a handful of groups, but blank": (
        run_checks.collapsing,
        "collapsed",
        {"left": (1, 500), "reals": Reals(500, 0, 500, 20)},
        {"left": (1, 500), "reals": Reals(500, 0, 500, 30)},
    ),
    "held-out pictures": (
        run_checks.by_r_v,
        "D remembers",
        {"r_v": Estimate(0.6, 0.1)},
        {"r_v": Estimate(0.45, 0.01)},
    ),
    "held-out pictures beyond errors": (
        run_checks.by_r_v,
        "D remembers",
        {"r_v": Estimate(0.6, 0.1)},
        {"r_v": Estimate(0.6, 0.4)},
    ),
    "held-out pictures in training": (
        run_checks.by_r_v,
        "D remembers",
        {"r_v": None, "settings": {"augment.mode": "adarv"}, "curves": {STATISTIC: 0.7}},
        {"r_v": None, "curves": {STATISTIC: 0.7}},
    ),
    "scores have turned": (
        run_checks.by_r_v,
        "overfitting",
        {"r_v": Estimate(0.6, 0.1), "behind": ("kid1k_held_lite0", Estimate(0.01, 0.004))},
        {"r_v": Estimate(0.45, 0.01), "behind": ("kid1k_held_lite0", Estimate(0.01, 0.004))},
    ),
    "sure": (
        run_checks.unproved,
        "perhaps overfitting",
        {**UNKNOWN, "curves": {STATISTIC: [0.3, 0.9, 0.9]}},
        {**UNKNOWN, "curves": {STATISTIC: [0.9, 0.8, 0.8]}},
    ),
    "sure, of pictures seen often": (
        run_checks.unproved,
        "perhaps overfitting",
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "pictures": 1500},
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "pictures": 1700},
    ),
    "sure, of how many nobody knows": (
        run_checks.unproved,
        "perhaps overfitting",
        {**UNKNOWN, "curves": {STATISTIC: 0.9}},
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "pictures": None},
    ),
    "sure, and held-out pictures tell": (
        run_checks.unproved,
        "perhaps overfitting",
        {**UNKNOWN, "curves": {STATISTIC: 0.9}},
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "r_v": Estimate(0.3, 0.1)},
    ),
    "sure, and copies tell": (
        run_checks.unproved,
        "perhaps overfitting",
        {
            **UNKNOWN,
            "curves": {STATISTIC: 0.9},
            "copies": CopiesSeen(9, 500, 5, False, CANNOT_TELL),
        },
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "copies": CopiesSeen(4, 500, 5, False, NO_SIGN)},
    ),
    "sure, with ADA": (
        run_checks.unproved,
        "perhaps overfitting",
        {**UNKNOWN, "curves": {STATISTIC: 0.9}},
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "settings": {}},
    ),
    "sure, in a game of differences": (
        run_checks.unproved,
        "perhaps overfitting",
        {**UNKNOWN, "curves": {STATISTIC: 0.9}},
        {**UNKNOWN, "curves": {STATISTIC: 0.9}, "settings": {**NO_ADA, **PAIRS}},
    ),
    "at the cap": (
        run_checks.by_statistic,
        "overfitting",
        {"curves": {STATISTIC: 0.75, P: [0, 0.8, 0.8]}},
        {"curves": {STATISTIC: 0.75, P: [0, 0.5, 0.7]}},
    ),
    "at the cap, on target": (
        run_checks.by_statistic,
        "at the cap",
        {"curves": {STATISTIC: 0.65, P: [0, 0.8, 0.8]}},
        {"curves": {STATISTIC: 0.65, P: [0, 0.8, 0.7]}},
    ),
    "gap": (
        run_checks.by_gap,
        "overfitting",
        {"gap": ("kid1k_held_lite0", Estimate(0.01, 0.002))},
        {"gap": ("kid1k_held_lite0", Estimate(0.01, 0.008))},
    ),
    "gap without an error": (
        run_checks.by_gap,
        "overfitting",
        {"gap": ("kid1k_held_lite0", Estimate(0.01, 0.002))},
        {"gap": ("fid1k_held_lite0", Estimate(0.01, None))},
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
    "worse, where something was reached": (
        run_checks.getting_worse,
        "getting worse",
        {"looks": looks([2.0, 0.2, 0.1, 0.3], coverage=[0, 0.1, 0.3, 0.1])},
        {"looks": looks([2.0, 0.2, 0.1, 0.3], coverage=[0, 0.9, 0.1, 0.9])},
    ),
    "worse than untrained": (
        run_checks.getting_worse,
        "getting worse",
        {"looks": looks([1.0, 2.0, 2.0, 2.0], coverage=0)},
        {"looks": looks([1.0, 1.2, 1.2, 1.2], coverage=0)},
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
        {"looks": GETS_STUCK, "curves": {STATISTIC: 0.3, P: 0.0}},
        {"looks": GETS_STUCK, "curves": {STATISTIC: 0.55, P: 0.0}},
    ),
    "too small, or gamma": (
        run_checks.too_small,
        "network too small",
        {"looks": GETS_STUCK, "curves": {STATISTIC: 0.3, P: 0.0}},
        {"looks": GETS_STUCK, "curves": {STATISTIC: 0.3, P: 0.0, "Loss/r1_penalty": 9.0}},
    ),
    "too small, or another game": (
        run_checks.too_small,
        "network too small",
        {"looks": GETS_STUCK, "curves": {STATISTIC: 0.3, P: 0.0}},
        {
            "looks": GETS_STUCK,
            "curves": {STATISTIC: 0.3, P: 0.0, "Loss/D/loss": 0.3},
            "settings": PAIRS,
        },
    ),
    "too small, or by held-out pictures": (
        run_checks.too_small,
        "network too small",
        {"looks": GETS_STUCK, "curves": {STATISTIC: 0.3, P: 0.0}},
        {
            "looks": GETS_STUCK,
            "curves": {STATISTIC: 0.3, P: 0.0},
            "settings": {"augment.mode": "adarv"},
        },
    ),
    "few": (
        run_checks.too_few,
        "too few pictures",
        {"reals": Reals(99)},
        {"reals": Reals(100)},
    ),
    "twins": (
        run_checks.duplicates,
        "near twins",
        {"reals": Reals(500, 30, 500)},
        {"reals": Reals(500, 20, 500)},
    ),
    "blank": (
        run_checks.blank,
        "blank pictures",
        {"reals": Reals(500, 0, 500, 30)},
        {"reals": Reals(500, 0, 500, 20)},
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


def test_no_game_of_differences_is_judged_by_a_level():
    """Whatever its logits are: the committed relativistic and WGAN-GP runs end with signs of 0.99."""
    for game in ("relativistic", "wasserstein", "of_a_stranger"):
        of = object.__new__(type(healthy().config.loss))
        of.__dict__.update(vars(healthy().config.loss), adversarial=game)
        config = dataclasses.replace(healthy(NO_ADA).config, loss=of)
        told = {STATISTIC: 0.99, "Loss/signs/real": 0.99, "Loss/D/loss": 0.3}
        curves = healthy(curves=told).curves
        sure = healthy(config=config, curves=None, r_v=None, copies=None)
        sure.curves.update(curves)
        assert [f.state for f in diagnose("run", sure).findings] == ["learning"]


def test_to_remember_is_an_alarm_only_when_scores_have_turned_beyond_their_error():
    remembers, name = Estimate(0.9, 0.1), "kid1k_held_lite0"
    of = lambda behind: run_checks.by_r_v(healthy(r_v=remembers, behind=behind))  # noqa: E731
    turned = of((name, Estimate(0.01, 0.004)))
    assert turned.level == Level.ALARM
    assert f"{name} is 0.0100 ± 0.0040 above its best" in turned.sentence
    assert (turned.number, turned.limit) == (0.01, None)
    for behind in (
        None,
        (name, Estimate(0.01, 0.006)),
        (name, Estimate(0.01, None)),
        (name, Estimate(0.0, 0.0)),
    ):
        found = of(behind)
        assert (found.state, found.level) == ("D remembers", Level.WARNING)
        assert (found.number, found.limit) == (0.9, 0.5)
        assert "Scores may still improve." in found.sentence
    assert "a lower --target" in of(None).advice
    assert "--aug=ada" in run_checks.by_r_v(healthy(NO_ADA, r_v=remembers)).advice


def test_copies_are_said_in_the_words_of_the_search():
    found = CopiesSeen(60, 500, 5.0, True, COPIES, "the generator copies")
    said = run_checks.by_copies(healthy(copies=found)).sentence
    assert "the generator copies" in said
    assert "500 generated pictures look" in said
    earlier = dataclasses.replace(found, kimg=12.0)
    assert (
        "500 pictures generated at 12 kimg look"
        in run_checks.by_copies(healthy(copies=earlier)).sentence
    )
    assert run_checks.by_copies(healthy(copies=dataclasses.replace(found, copying=False))) is None


def test_groups_of_alike_pictures_are_counted_in_what_is_said():
    said = run_checks.collapsing(healthy(variety=Variety(0.1), left=(12, 500))).sentence
    assert "500 pictures 12 are left" in said
    assert run_checks.collapsing(healthy(left=None)) is None
    assert run_checks.collapsing(healthy(left=(12, 500), reals=None)) is None
    said = run_checks.collapsing(healthy(variety=Variety(0.1), left=None)).sentence
    assert "left" not in said


def test_the_poorest_class_is_named():
    poor = {0: 0.9, 1: 0.2, 2: 0.1, 3: 0.8}
    finding = run_checks.collapsing(healthy(variety=Variety(0.9, poor)))
    assert "2 of 4 classes" in finding.sentence
    assert "class 2" in finding.sentence
    assert finding.number == 0.1


@pytest.mark.parametrize(
    ("turned", "recoloured", "advice", "never"),
    [
        (0.8, 0.1, "--augpipe=color", "--augpipe=bg"),
        (0.8, None, "--augpipe=color", "--augpipe=bg"),
        (0.1, 0.8, "--augpipe=bg", "--augpipe=color"),
        (None, None, "p below 0.8", "--augpipe"),
        (0.3, 0.2, "p below 0.8", "--augpipe"),
    ],
)
def test_what_leaks_decides_what_to_do(turned, recoloured, advice, never):
    """No advice is blit, whose quarter turns leaked in experiments/leak."""
    finding = run_checks.leaking(healthy(marks=Marks(0.7, 0.9, turned, recoloured)))
    assert advice in finding.advice
    assert never not in finding.advice
    assert "--augpipe=blit" not in finding.advice


def test_penalties_within_the_main_loss_are_no_loss_of_the_game():
    lazy = run_checks.gamma_too_high(healthy({"loss.r1_gamma": 0.4}))
    settings = {"loss.r1_gamma": 0.4, "loss.r2_gamma": 0.2, "loss.r1_interval": 0}
    curves = {"Loss/r2_penalty": 3.0, "Loss/D/loss": 0.85 + 0.4 + 0.3}
    at_once = run_checks.gamma_too_high(healthy(settings, curves))
    assert at_once.number == pytest.approx(lazy.number)


def test_an_absurd_gamma_is_an_alarm_and_told_to_go_back():
    curves = {"Loss/D/loss": BLIND + 0.2, "Loss/r1_penalty": 0.005}
    finding = run_checks.gamma_too_high(healthy({"loss.r1_gamma": 3000.0}, curves))
    assert finding.level == Level.ALARM
    assert "--gamma, 30," in finding.advice
    assert (finding.number, finding.limit) == (pytest.approx(7.5), 0.03)


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
    free = healthy({"augment.cap": None}, {STATISTIC: 0.9, P: [0, 0.9, 1.0]})
    assert run_checks.by_statistic(free).state == "overfitting"
    assert run_checks.by_statistic(healthy({"augment.cap": None}, {STATISTIC: 0.9, P: 0.8})) is None


@pytest.mark.parametrize(("mode", "name"), [("ada", "r_t"), ("adarv", "r_v")])
def test_at_the_cap_the_statistic_that_moves_p_is_compared_with_its_target(mode, name):
    settings = {"augment.mode": mode, "augment.target": 0.5}
    held = healthy(settings, {STATISTIC: 0.7, P: [0, 0.8, 0.8]})
    assert (
        f"and {name} still 0.70, above its target of 0.5" in run_checks.by_statistic(held).sentence
    )
    near = healthy(settings, {STATISTIC: 0.55, P: [0, 0.8, 0.8]})
    assert run_checks.by_statistic(near).state == "at the cap"
    old = healthy(settings, {STATISTIC: None, P: [0, 0.8, 0.8]})
    assert run_checks.by_statistic(old).state == "at the cap"


def test_numbers_are_those_of_the_last_quarter():
    early = healthy(NO_ADA, {STATISTIC: [0.99, 0.99, 0.99, 0.5, 0.5]}, r_v=None, copies=None)
    assert run_checks.unproved(early) is None
    assert early.now(STATISTIC) == pytest.approx(0.5)
    assert early.curves[STATISTIC].after(0) == pytest.approx(early.curves[STATISTIC].values.mean())
    assert early.curves[STATISTIC].after(KIMG[-1]) == pytest.approx(0.5)
