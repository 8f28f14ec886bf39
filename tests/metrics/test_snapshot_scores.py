"""All snapshots of a run become a curve, and the best one has a name."""

import numpy as np
import PIL.Image
import pytest

from ada_tf.metrics import figures, snapshot_scores
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.snapshots import Snapshots
from tests.sentences import refused
from tests.training import tiny
from tests.training.test_snapshots import CONFIG


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run whose averaged generator makes other images at each of its states."""
    path, model = tmp_path_factory.mktemp("run"), tiny.model()
    checkpoints, snapshots = Checkpoints(path, model, CONFIG), Snapshots(path, model, CONFIG)
    for images in (8, 16, 20):
        for variable in model.generator_ema.trainable_variables:
            variable.assign_add(0.1 * np.ones(variable.shape))
        model.clock.go_to(images, 0)
        checkpoint = checkpoints.save()
        if snapshots.due(images):
            snapshots.keep(checkpoint)
    return path


def test_snapshots_and_the_newest_state(trained):
    found = [state.removeprefix(f"{trained}/") for state in snapshot_scores.states(trained)]
    assert found == ["snapshots/images-8", "snapshots/images-16", "checkpoints/images-20"]
    with refused("network="):
        snapshot_scores.states(trained / "snapshots" / "images-8")


def test_every_state_is_scored_with_its_own_weights(trained):
    generator, seen = tiny.model(seed=1).generator_ema, []

    def evaluator(fakes, generator, seed):
        seen.append(float(generator.trainable_variables[0].numpy().sum()))
        return []

    points = list(
        snapshot_scores.score(snapshot_scores.states(trained), generator, evaluator, None, 0)
    )
    assert [state.rpartition("-")[2] for state, _ in points] == ["8", "16", "20"]
    assert len(set(seen)) == 3


@pytest.mark.parametrize(("name", "best"), [("fid5k", "b-2000"), ("is5k", "a-1000")])
def test_the_curve_names_the_best(name, best):
    (metric,) = parse_metrics(name)
    points = [
        (state, [Score(metric, dict.fromkeys(metric.keys, value), 1.0, "words")])
        for state, value in (("a-1000", 4.0), ("b-2000", 1.0), ("c-3000", 2.0))
    ]
    lines = snapshot_scores.describe(points).splitlines()
    assert lines[-1] == f"Best by {metric.keys[0]}: {best}"
    assert [line.count("#") for line in lines[1:4]] == [40, 10, 20]
    assert [line.endswith("best") for line in lines[1:4]] == [best in state for state, _ in points]


def test_what_cannot_be_told_from_the_best_is_said():
    (metric,) = parse_metrics("kid5k")
    points = [
        (f"images-{images}", [Score(metric, {"kid5k": value}, 1.0, "words", {"kid5k": 0.4})])
        for images, value in ((1000, 3.0), (2000, 1.0), (3000, 0.5), (4000, 2.0))
    ]
    lines = snapshot_scores.describe(points).splitlines()
    assert [line.rpartition("#")[2].strip() for line in lines[1:5]] == ["", "best", "as good", ""]
    assert "0.50 ± 0.40" in lines[3]
    assert lines[-2:] == [
        "Best by kid5k: images-2000",
        "Within the errors of it, at kimg 3: more images tell them apart.",
    ]


def test_a_table_of_all(tmp_path):
    metrics = parse_metrics("kid5k,pr5k")
    scores = [
        Score(metrics[0], {"kid5k": 0.5}, 1.0, "words", {"kid5k": 0.25}),
        Score(metrics[1], {"pr5k_precision": 1.0, "pr5k_recall": 0.0}, 1.0, "words"),
    ]
    snapshot_scores.write_table([("run/images-1500", scores)], tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_text().splitlines() == [
        "kimg,state,kid5k,kid5k_error,pr5k_precision,pr5k_precision_error,pr5k_recall,"
        "pr5k_recall_error",
        "1.5,run/images-1500,0.5,0.25,1.0,,0.0,",
    ]


def test_curves_are_drawn(tmp_path, monkeypatch):
    metrics = parse_metrics("kid5k,pr5k")
    points = [
        (
            f"images-{images}",
            [
                Score(metrics[0], {"kid5k": value}, 1.0, "words", {"kid5k": 0.25}),
                Score(metrics[1], {"pr5k_precision": 1.0, "pr5k_recall": value}, 1.0, "words"),
            ],
        )
        for images, value in ((1000, 0.9), (2000, 0.1), (3000, 0.5))
    ]
    snapshot_scores.draw(points, tmp_path / "scores.png")
    with PIL.Image.open(tmp_path / "scores.png") as image:
        drawn = np.asarray(image.convert("L"))
    assert drawn.shape == (660, 700)  # three curves below each other
    assert all((part < 128).sum() > 200 for part in np.split(drawn, 3))
    monkeypatch.setattr(figures.importlib.util, "find_spec", lambda name: None)
    with refused("matplotlib"):
        snapshot_scores.draw(points, tmp_path / "scores.png")
