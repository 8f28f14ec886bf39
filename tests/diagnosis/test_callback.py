"""The doctor during training: says what is new at snapshots, and touches nothing."""

import json
import types

import pytest

from ada_tf.diagnosis.callback import DoctorCallback, with_doctor
from ada_tf.diagnosis.diagnosis import diagnose
from ada_tf.diagnosis.run_evidence import read_run
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import write_options
from tests.diagnosis.test_run_evidence import record

CONFIG = preset("tiny", resolution=16, channels=3)

DATASET = types.SimpleNamespace(num_originals=7)


@pytest.fixture
def run(tmp_path):
    return tmp_path


def train(callback, run, signs, start=1, tick_images=1000):
    """Ticks of a training that writes r_t, with p at its cap while that is high: one for each of the signs."""
    callback.set_model(types.SimpleNamespace(images_done=1000 * (start - 1)))
    callback.on_train_begin()
    for number, r_t in enumerate(signs, start):
        p = 0.8 if r_t > 0.6 else 0.2
        with open(run / "stats.jsonl", "a") as file:
            file.write(json.dumps(record(number, **{STATISTIC: r_t, "Progress/augment": p})) + "\n")
        callback.model.images_done = tick_images * number
        callback.on_train_batch_end(0)


def test_it_says_once_what_it_finds_at_snapshots_alone(run):
    said = []
    callback = DoctorCallback(run, CONFIG, said.append, 10, 1000, every=5)
    train(callback, run, [0.95] * 9)
    assert len(said) == 1
    assert said[0].startswith("Doctor    overfitting: p is at its cap of 0.8 and r_t still 0.95")
    train(callback, run, [0.95] * 11, start=10)
    assert len(said) == 1


def test_it_says_again_what_comes_back(run):
    said = []
    callback = DoctorCallback(run, CONFIG, said.append, 10, 1000, every=5)
    train(callback, run, [0.95] * 5)
    train(callback, run, [0.1] * 10, start=6)
    train(callback, run, [0.95] * 30, start=16)
    assert len(said) == 2


def test_a_good_run_is_left_in_peace(run):
    said = []
    train(DoctorCallback(run, CONFIG, said.append, 10, 1000, every=5), run, [0.5] * 20)
    assert said == []


def test_copies_are_said_while_it_trains_as_they_are_afterwards(run):
    """One verdict: that of the metric file."""
    said = []
    (run / "metric-copies.jsonl").write_text(
        json.dumps(
            {
                "results": {"copies": 300},
                "tested": 1000,
                "expected": 9.9,
                "kimg": 4,
                "verdict": "copies",
            }
        )
    )
    train(DoctorCallback(run, CONFIG, said.append, 10, 1000, every=5), run, [0.5] * 10)
    (line,) = said
    assert line.startswith(
        "Doctor    memorising: the generator copies: 300 of 1,000 pictures generated at 4"
    )
    write_options(run, CONFIG)
    evidence, _ = read_run(run, pictures=False, log=lambda line: None)
    first = diagnose("run", evidence).findings[0]
    assert f"Doctor    {first.text}" == line


def test_it_writes_nothing(run):
    train(DoctorCallback(run, CONFIG, lambda line: None, 10, 1000, every=5), run, [0.95] * 10)
    assert [path.name for path in run.iterdir()] == ["stats.jsonl"]


@pytest.mark.parametrize("others", [[], ["metrics"]])
def test_it_stands_behind_the_others(run, others):
    given = []

    def make(*arguments):
        given.append(arguments)
        return list(others)

    found = with_doctor(make, CONFIG, DATASET)(run, print, 1000, "writer")
    assert given == [(run, print, 1000, "writer")]
    assert found[:-1] == others
    assert isinstance(found[-1], DoctorCallback)
    assert (found[-1].every, found[-1].tick_images) == (CONFIG.snap, 1000)
    assert found[-1].pictures == 7


def test_it_comes_without_any_others(run):
    (only,) = with_doctor(None, CONFIG, DATASET)(run, print, 1000, None)
    assert isinstance(only, DoctorCallback)
    assert not only.is_over(5000)
