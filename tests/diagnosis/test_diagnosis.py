"""What the findings say together: the worst first, nothing good beside an alarm, and JSON."""

import json

from ada_tf.diagnosis.diagnosis import diagnose
from ada_tf.diagnosis.evidence import Level, Marks, Reals
from ada_tf.training.iteration.stats import STATISTIC
from tests.diagnosis.cases import healthy, looks

OVERFITTING = {"curves": {STATISTIC: 0.9, "Progress/augment": [0, 0.8, 0.8]}}


def test_a_good_run_is_learning():
    diagnosis = diagnose("00000-photos-auto", healthy())
    assert diagnosis.headline == "00000-photos-auto at 80 kimg: learning"
    assert [finding.level for finding in diagnosis.findings] == [Level.GOOD]


def test_the_worst_comes_first_and_hides_what_is_good():
    diagnosis = diagnose("run", healthy(reals=Reals(50), **OVERFITTING))
    assert [f.state for f in diagnosis.findings] == ["overfitting", "too few pictures"]
    assert diagnosis.state == "overfitting"
    assert diagnosis.text.index("overfitting") < diagnosis.text.index("too few pictures")


def test_an_illness_is_said_once():
    """A run that diverges has stalled, too; both together read as two."""
    stuck = looks([2.0, 0.5, 0.3, 0.29, 0.3, 0.31, 0.29, 0.3])
    assert [f.state for f in diagnose("run", healthy(looks=stuck)).findings] == ["stalled"]
    both = healthy(looks=stuck, curves={"Loss/scores/fake": -100})
    assert [f.state for f in diagnose("run", both).findings] == ["diverging"]


def test_an_alarm_comes_before_a_likelier_cause_that_is_none():
    ruled = healthy(curves={"Loss/r1_penalty": 6.0}, marks=Marks(0.9, 0.9))
    assert [f.state for f in diagnose("run", ruled).findings] == ["leaking", "gamma too high"]


def test_a_warning_stands_beside_what_is_good():
    states = [f.state for f in diagnose("run", healthy(reals=Reals(50))).findings]
    assert states == ["too few pictures", "learning"]


def test_a_run_of_which_nothing_is_known():
    diagnosis = diagnose("run", healthy(looks=(), curves=dict.fromkeys(healthy().curves)))
    assert diagnosis.state == "nothing found"
    assert "0 sets of generated pictures and 0 curves" in diagnosis.text


def test_json_holds_what_the_text_says():
    diagnosis = diagnose("run", healthy(reals=Reals(50), **OVERFITTING))
    found = json.loads(json.dumps(diagnosis.json, allow_nan=False))
    assert found["state"] == "overfitting"
    assert found["kimg"] == 80
    for finding in found["findings"]:
        assert finding["sentence"] in diagnosis.text
        assert finding["advice"] in diagnosis.text
    assert found["findings"][0]["level"] == "alarm"
    assert found["findings"][0]["measure"] == "statistic"
    assert found["findings"][0]["number"] == 0.9
