import pytest

from ada_tf.errors import UserError
from ada_tf.metrics import report
from ada_tf.metrics.callback import MetricsCallback
from ada_tf.metrics.evaluate import Score
from ada_tf.metrics.names import parse_metrics
from ada_tf.training.checkpoint import newest, read_config
from tests.inference.runs import save_run


class Planned:
    """Scores with values given in advance."""

    def __init__(self, names, values):
        self.metrics, self.values = parse_metrics(names), list(values)

    def __call__(self, fakes, generator, seed):
        value = self.values.pop(0)
        return [Score(m, dict.fromkeys(m.keys, value), 1.0, "words") for m in self.metrics]


@pytest.fixture
def run(tmp_path):
    model = save_run(tmp_path)
    return tmp_path, model, read_config(newest(tmp_path))


def train(run, names, values, patience=None, start=0):
    """One evaluation for each value; returns the callback and the log."""
    path, model, config = run
    log = []
    evaluator = Planned(names, values)
    callback = MetricsCallback(evaluator, path, config, None, 100, 1, log.append, patience)
    callback.set_model(model)
    model.images_done, model.stop_training = start, False
    callback.on_train_begin()
    while evaluator.values and not model.stop_training:
        model.images_done += 50
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


def test_patience(run):
    log = train(run, "fid5k", [2.0, 1.0, 3.0, 1.5, 0.5], patience=2)
    assert run[1].stop_training
    assert len(report.read(run[0], "fid5k")) == 4
    assert "has not improved in 2 evaluations" in log[-1]
    assert kept(run[0]) == "200"


def test_the_end_is_scored_unless_something_stopped_the_run(run):
    path, model, config = run
    callback = MetricsCallback(Planned("fid5k", [1.0]), path, config, None, 1000, 1, print)
    callback.set_model(model)
    callback.on_train_begin()
    model.images_done, model.stop_training = 50, True
    callback.on_train_end()
    assert report.read(path, "fid5k") == []
    model.stop_training = False
    callback.on_train_end()
    assert report.read(path, "fid5k")[0]["kimg"] == 0.05


@pytest.mark.parametrize(
    ("names", "arguments", "message"),
    [
        ("pr5k3,fid5k", {}, "put fid, kid, is or ppl before pr"),
        ("fid5k", {"patience": 0}, "metrics_patience=0 must be at least 1"),
        ("fid5k", {"every": 0}, "metrics_every=0 must be at least 1"),
    ],
)
def test_mistakes(tmp_path, names, arguments, message):
    given = {"tick_images": 1, "every": 1, **arguments}
    with pytest.raises(UserError, match=message):
        MetricsCallback(Planned(names, []), tmp_path, None, None, **given)
