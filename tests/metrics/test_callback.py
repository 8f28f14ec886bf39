import pytest

from ada_tf.metrics import report
from ada_tf.metrics.callback import MetricsCallback
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.schedule import EveryTicks
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import newest, read_config
from tests.inference.runs import save_run
from tests.sentences import refused


class Planned:
    """Scores with values given in advance."""

    def __init__(self, names, values, error=None):
        self.metrics, self.values, self.error = parse_metrics(names), list(values), error

    def __call__(self, fakes, generator, seed):
        value = self.values.pop(0)
        errors = {} if self.error is None else {self.metrics[0].keys[0]: self.error}
        return [Score(m, dict.fromkeys(m.keys, value), 1.0, "words", errors) for m in self.metrics]


@pytest.fixture
def run(tmp_path):
    model = save_run(tmp_path)
    return tmp_path, model, read_config(newest(tmp_path))


def make(run, names, values, patience=None, start=0, log=print, error=None):
    """A callback that finds `values`, of a model after `start` images."""
    path, model, config = run
    callback = MetricsCallback(
        Planned(names, values, error), path, config, None, 100, EveryTicks(1), log, patience
    )
    callback.set_model(model)
    model.clock.images, model.stop_training = start, False
    return callback


def train(run, names, values, patience=None, start=0, error=None):
    """One evaluation for each value; returns the log."""
    log, model = [], run[1]
    callback = make(run, names, values, patience, start, log.append, error)
    callback.on_train_begin()
    while callback.evaluator.values and not model.stop_training:
        model.clock.images += 50
        callback.on_train_batch_end(0)
    return log


def kept(path):
    return newest(path / "best").rpartition("-")[2]


def test_the_best_checkpoint_is_kept(run):
    # Ticks of 100 images: evaluations after 100, 200, 300 images.
    log = train(run, "fid5k,kid2k", [3.0, 1.0, 2.0])
    assert kept(run[0]) == "200"
    lines = report.read(run[0], "fid5k")
    assert [line["results"]["fid5k"] for line in lines] == [3, 1, 2]
    assert [line["kimg"] for line in lines] == [0.1, 0.2, 0.3]
    assert len(report.read(run[0], "kid2k")) == 3
    assert len(log) == 6


def test_higher_is_better_for_the_inception_score(run):
    train(run, "is5k", [3.0, 1.0, 2.0])
    assert kept(run[0]) == "100"


def test_a_resumed_run_remembers_its_best(run):
    train(run, "fid5k", [1.0, 2.0])
    train(run, "fid5k", [1.5], start=200)
    assert kept(run[0]) == "100"
    report.append(run[0], {"metric": "fid5k", "results": {"fid5k": 0.1}})  # of ada-evaluate
    train(run, "fid5k", [0.5], start=300)
    assert kept(run[0]) == "400"


def test_a_lucky_score_is_no_better_one(run):
    """Within the errors of the best so far: neither a new best, nor an end of the waiting."""
    train(run, "kid5k", [3.0, 1.0, 0.7, 0.8, 2.0], patience=3, error=0.4)
    assert kept(run[0]) == "200"
    assert run[1].stop_training


def test_patience(run):
    log = train(run, "fid5k", [2.0, 1.0, 3.0, 1.5, 0.5], patience=2)
    assert run[1].stop_training
    assert len(report.read(run[0], "fid5k")) == 4
    assert "has not improved in 2 evaluations" in log[-1]
    assert kept(run[0]) == "200"


def test_what_was_lived_through_twice_counts_once(run):
    """Killed after the evaluations of 200 and 300 images, each time with a checkpoint of 100."""
    train(run, "fid5k", [3.0, 4.0], patience=3)
    train(run, "fid5k", [4.0, 4.0], start=100, patience=3)
    assert not run[1].stop_training
    train(run, "fid5k", [4.0, 4.0], start=100, patience=3)
    assert not run[1].stop_training
    lines = report.read(run[0], "fid5k")
    assert [line["kimg"] for line in lines] == [0.1, 0.2, 0.3]
    train(run, "fid5k", [4.0], start=300, patience=3)
    assert run[1].stop_training


def test_a_kill_between_the_score_and_its_checkpoint_loses_no_best(run, monkeypatch):
    def die(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "save", die)
        with pytest.raises(KeyboardInterrupt):
            train(run, "fid5k", [1.0])
    assert not list((run[0] / "best").glob("*/*"))
    train(run, "fid5k", [1.0, 2.0])
    assert kept(run[0]) == "100"


def test_the_best_is_not_written_again(run, monkeypatch):
    """Killed after best/ was written: the same checkpoint need not be written once more."""
    train(run, "fid5k", [1.0])
    monkeypatch.setattr(Checkpoints, "save", None)
    train(run, "fid5k", [1.0])
    assert kept(run[0]) == "100"


def test_a_run_that_patience_ended_is_over_when_it_is_started_again(run):
    train(run, "fid5k", [1.0, 2.0, 3.0], patience=2)
    callback = make(run, "fid5k", [], patience=2)
    assert callback.is_over(300)
    assert not callback.is_over(250)
    assert not make(run, "fid5k", [], patience=3).is_over(300)


@pytest.mark.parametrize("batch", [24, 96])
def test_patience_counts_ticks_that_batches_do_not_meet(run, batch):
    path, model, _ = run
    callback = make(run, "fid5k", [1.0, 2.0, 3.0, 4.0], patience=2)
    callback.on_train_begin()
    while not model.stop_training:
        model.clock.images += batch
        callback.on_train_batch_end(0)
    # After the first batch only tick 0 has ended, which is not scored.
    assert len(report.read(path, "fid5k")) == 3


def test_the_end_is_scored_unless_something_stopped_the_run(run):
    path, model, config = run
    callback = MetricsCallback(
        Planned("fid5k", [1.0]), path, config, None, 1000, EveryTicks(1), print
    )
    callback.set_model(model)
    callback.on_train_begin()
    model.clock.images, model.stop_training = 50, True
    callback.on_train_end()
    assert report.read(path, "fid5k") == []
    model.stop_training = False
    callback.on_train_end()
    assert report.read(path, "fid5k")[0]["kimg"] == 0.05


@pytest.mark.parametrize(
    ("names", "arguments"),
    [
        ("pr5k3,fid5k", {}),
        ("dc5k,fid5k", {}),
        ("fid5k", {"patience": 0}),
        ("fid5k", {"every": 0}),
    ],
)
def test_mistakes(tmp_path, names, arguments):
    every = arguments.pop("every", 1)
    given = {"tick_images": 1, "schedule": EveryTicks(every), **arguments}
    with refused():
        MetricsCallback(Planned(names, []), tmp_path, None, None, **given)
