"""A run directory as evidence: what is read of it, and what of a stranger's is passed over."""

import json
import types

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.diagnosis import run_evidence, run_pictures
from ada_tf.diagnosis.diagnosis import diagnose
from ada_tf.diagnosis.evidence import CopiesSeen
from ada_tf.diagnosis.run_evidence import (
    MOST_CURVES,
    behind_of,
    by_numbers,
    copies_of,
    curves_of,
    gap_of,
    read_run,
)
from ada_tf.diagnosis.run_pictures import GRIDS, Grid, Known, Made, judged_now, made_now, r_v_of
from ada_tf.errors import UserError
from ada_tf.images import save_grid
from ada_tf.metrics.copies.copy_search import look_for_copies
from ada_tf.metrics.images.images import images_of_array
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.settings import replaced
from ada_tf.shape import Shape
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import write_options
from tests.diagnosis.cases import KIMG, healthy
from tests.diagnosis.test_image_statistics import pictures
from tests.metrics.images.test_generated import Coloured
from tests.metrics.sets import dataset
from tests.sentences import refused


def record(kimg, tick=None, **values):
    values |= {"Progress/kimg": kimg, "Progress/tick": kimg if tick is None else tick}
    return {name: {"num": 1, "mean": value, "std": 0.0} for name, value in values.items()}


@pytest.fixture
def run(tmp_path):
    config = preset("tiny", resolution=16, channels=3, settings={"data.source": "creatures:60"})
    write_options(tmp_path, config)
    records = [record(k, r_t=k / 10, **{"Progress/augment": 0.0}) for k in range(9)]
    (tmp_path / "stats.jsonl").write_text("\n".join(map(json.dumps, records)))
    return tmp_path


def add_pictures(run, count=3):
    save_grid(pictures(64), run / "reals.png", 8)
    for number in range(count):
        save_grid(pictures(64, number + 1), run / f"fakes{number:06d}.png", 8)


def forgotten(run):
    """The run of a folder of pictures that is gone."""
    config = preset("tiny", resolution=16, channels=3, settings={"data.source": str(run / "gone")})
    write_options(run, config)


def test_curves_are_means_over_images_without_tick_0(run):
    found = by_numbers(run, preset("tiny", resolution=16))
    assert found.kimg == 8
    assert found.curves["r_t"].kimg.tolist() == list(range(1, 9))
    assert found.curves["r_t"].values == pytest.approx(np.arange(1, 9) / 10)
    assert not found.finished


def test_records_of_strangers_are_passed_over():
    bad = [{}, {"Progress/kimg": 3}, record("4"), record(float("nan")), record(True)]
    odd = record(5, r_t=float("inf"), text="x", none=None, yes=True, list=[1])
    many = record(6, **{f"name{i}": i for i in range(2 * MOST_CURVES)})
    found = curves_of([*bad, odd, many])
    assert len(found) == MOST_CURVES
    assert "r_t" not in found
    assert found["Progress/kimg"].kimg.tolist() == [5, 6]


def test_of_two_records_of_one_place_the_later_counts():
    assert curves_of([record(4, x=1), record(4, x=2)])["x"].values.tolist() == [2]


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with refused("RUN="):
        read_run(tmp_path)
    (tmp_path / "training_options.json").write_text("{}")
    with pytest.raises(UserError):
        read_run(tmp_path)


def test_pictures_are_beside_the_data_that_is_gone(run):
    forgotten(run)
    add_pictures(run)
    said = []
    evidence, exhibits = read_run(run, log=said.append)
    assert [look.kimg for look in evidence.looks] == [0, 1, 2]
    assert evidence.reals.looked_at == 64
    assert evidence.curves["Pictures/spread"].values == pytest.approx(1, abs=0.1)
    assert evidence.marks is None  # p was 0 throughout
    assert evidence.copies is None
    assert exhibits.reals.shape == (64, 16, 16, 3)
    assert [grid.columns for grid in exhibits.grids] == [8, 8, 8]
    assert (exhibits.grids[1].images == pictures(64, 2)[:16]).all()
    assert [line.partition(":")[0] for line in said] == [
        "Without a checkpoint",
        "Without the data itself",
        "Without the newest network",
    ]


def test_a_grid_is_cut_at_its_upper_left():
    grid = Grid(4.0, np.arange(24).reshape(24, 1, 1, 1), 6)
    assert grid.cut(4, 2).images.ravel().tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert grid.cut(8, 1).images.ravel().tolist() == [0, 1, 2, 3, 4, 5]
    assert (grid.cut(8, 1).columns, grid.cut(4, 2).columns) == (6, 4)


def test_only_some_of_many_grids_are_looked_at_the_last_among_them(run):
    forgotten(run)
    add_pictures(run, GRIDS + 8)
    evidence, _ = read_run(run, log=lambda line: None)
    assert len(evidence.looks) == GRIDS
    assert evidence.looks[-1].kimg == GRIDS + 7


def test_grids_of_few_pictures_say_nothing_of_their_spread(run):
    forgotten(run)
    add_pictures(run)
    for number in range(3):
        save_grid(pictures(16), run / f"fakes{number:06d}.png", 4)
    evidence, exhibits = read_run(run, log=lambda line: None)
    assert len(evidence.looks) == 1  # of the newest pictures, when they were made
    assert len(exhibits.grids) == 3


def test_pictures_are_compared_with_augmented_ones_if_there_were_any(run, monkeypatch):
    forgotten(run)
    add_pictures(run)
    seen = []

    def augmented(images, p, pipe, seed, resample):
        """Upside down if anything turns, dark if colours alone change."""
        seen.append((len(images), p, pipe))
        moved = images[:, ::-1] if pipe != "color" else images // 3
        return moved.astype(np.float32) / 127.5 - 1

    monkeypatch.setattr(run_evidence, "augmented", augmented)
    with open(run / "stats.jsonl", "a") as file:
        file.write("\n" + json.dumps(record(9, **{"Progress/augment": 0.3})))
    evidence, _ = read_run(run, log=lambda line: None)
    assert seen == [(64, 1.0, "bgc")]
    assert abs(evidence.marks.share) < 0.15
    # Now they show: each cause alone is compared with, too.
    save_grid(pictures(64, 5)[:, ::-1], run / "fakes000002.png", 8)
    evidence, _ = read_run(run, log=lambda line: None)
    assert [pipe for _, _, pipe in seen[1:]] == ["bgc", "bg", "color"]
    assert evidence.marks.turned == evidence.marks.share > 0.8
    assert evidence.marks.recoloured < 0.5


def test_what_moved_p_is_read_in_older_runs_too(run):
    def statistic(**settings):
        changes = {path.replace("__", "."): value for path, value in settings.items()}
        config = replaced(preset("tiny", resolution=16, channels=3), changes)
        found = by_numbers(run, config).curves.get(STATISTIC)
        return None if found is None else found.values[-1]

    with open(run / "stats.jsonl", "a") as file:
        file.write("\n" + json.dumps(record(9, **{"Loss/signs/real": 0.7})))
    assert statistic() == 0.7
    assert statistic(loss__adversarial="hinge") == 0.7
    assert statistic(loss__adversarial="relativistic") is None  # signs are not what moved it
    assert statistic(augment__mode="adarv") is None
    with open(run / "stats.jsonl", "a") as file:
        file.write("\n" + json.dumps(record(10, **{"Loss/signs/real": 0.7, STATISTIC: 0.2})))
    assert statistic(loss__adversarial="relativistic") == statistic() == 0.2


def test_r_v_is_where_held_out_pictures_stand():
    rng = np.random.default_rng(0)
    training, generated = 2 + rng.normal(size=400), -2 + rng.normal(size=400)
    for place in (0.0, 0.5, 1.0):
        found = r_v_of(training, 2 - 4 * place + rng.normal(size=100), generated)
        assert found.value == pytest.approx(place, abs=4 * found.error)
        assert found.error == pytest.approx((1 / 400 + 1 / 100) ** 0.5 / 4, rel=0.3)
    assert r_v_of(training, generated, training) is None  # it cannot tell


class Stored:
    """A data set of pictures."""

    def __init__(self, images, validation=None, label=None):
        self.all, self.num_images, self.validation = images, len(images), validation
        self.flips, self.shape = np.zeros(len(images), bool), Shape.of(images.shape[1:])
        self.label, self.label_dim = label, 0 if label is None else len(label)

    def label_of(self, indices):
        return np.repeat([self.label], len(indices), axis=0)

    def images(self, indices):
        return self.all[indices]


def judged(monkeypatch, held_out, made, adaptive=False, labels=None):
    """r_v of a discriminator that says how bright a picture is, with its label, in batches of whole groups."""

    def discriminator(images, labels):
        assert len(images) % 4 == 0
        found = tf.reduce_mean(images, axis=[1, 2, 3])[:, tf.newaxis]
        return found if labels is None else found + 10 * labels[:, :1]

    discriminator.adaptive = adaptive
    trained = types.SimpleNamespace(
        architecture=None,
        has=lambda group: group == "discriminator",
        restore=lambda **networks: None,
    )
    monkeypatch.setattr(run_pictures, "open_run", lambda run, argument: trained)
    monkeypatch.setattr(run_pictures, "make_network", lambda architecture, group: discriminator)
    bright = Stored(np.full((210, 8, 8, 3), 200, np.uint8), held_out, labels and labels[0])
    bright.all[::2] += 2
    made = Made(made, labels=labels and np.repeat([labels[2]], len(made), axis=0))
    return judged_now("run", Known(bright, bright.all, 210), made, print)


def test_the_newest_discriminator_is_asked_about_held_out_pictures(monkeypatch):
    held_out, made = (np.full((62, 8, 8, 3), level, np.uint8) for level in (126, 101))
    assert judged(monkeypatch, Stored(held_out), made).value == pytest.approx(0.75)
    assert judged(monkeypatch, None, made) is None
    assert judged(monkeypatch, Stored(held_out[:47]), made) is None  # too few
    assert (
        judged(monkeypatch, Stored(held_out), made[..., :1]) is None
    )  # alpha or bands are not shown
    assert judged(monkeypatch, Stored(held_out), made, adaptive=True) is None


def test_a_conditional_discriminator_is_told_the_labels_of_each_kind(monkeypatch):
    """0.4 of training, 0 of held-out, -0.4 of generated pictures by their labels; all are equally bright."""
    held_out, made = (np.full((62, 8, 8, 3), 201, np.uint8) for _ in range(2))
    labels = ((0.04, 1.0), (0.01, 0.0), (-0.04, 0.0))
    held_out = Stored(held_out, label=np.float32(labels[1]))
    labels = (np.float32(labels[0]), None, np.float32(labels[2]))
    assert judged(monkeypatch, held_out, made, labels=labels).value == pytest.approx(0.375)


def test_without_pictures_numbers_alone_are_read(run):
    add_pictures(run)
    said = []
    evidence, exhibits = read_run(run, pictures=False, log=said.append)
    assert (evidence.looks, evidence.reals, exhibits.reals) == ((), None, None)
    assert len(said) == 1  # there is no checkpoint
    assert "r_t" in evidence.curves


def test_nothing_in_the_run_is_changed(run):
    add_pictures(run)
    forgotten(run)
    before = {path: path.read_bytes() for path in run.iterdir()}
    diagnose("run", read_run(run, log=lambda line: None)[0])
    assert {path: path.read_bytes() for path in run.iterdir()} == before


def line(name, kimg, value, error=0.001, **more):
    path, results = f"metric-{name}.jsonl", {name: value}
    return path, {"results": results, "errors": {name: error}, "kimg": kimg, **more}


def write_scores(run, *lines):
    for path, record in lines:
        with open(run / path, "a") as file:
            file.write(json.dumps(record) + "\n")


def test_the_gap_is_of_the_newest_evaluation_with_both_scores(tmp_path):
    held, train = "kid1k_held_lite0", "kid1k_train_lite0"
    assert gap_of(tmp_path) is None
    write_scores(tmp_path, line(held, 4, 0.3), line(train, 4, 0.1), line(held, 8, 0.2))
    name, gap = gap_of(tmp_path)
    assert name == held
    assert gap.value == pytest.approx(0.2)
    assert gap.error == pytest.approx(0.001 * 2**0.5)
    write_scores(tmp_path, line(train, 8, 0.15))
    assert gap_of(tmp_path)[1].value == pytest.approx(0.05)


def test_scores_that_are_none_are_passed_over(tmp_path):
    held, train = "kid1k_held_lite0", "kid1k_train_lite0"
    bad = [
        (held, {"kimg": 4}),
        (held, {"results": 3, "kimg": 4}),
        (held, {"results": {held: "x"}, "kimg": 4}),
    ]
    write_scores(tmp_path, *((f"metric-{name}.jsonl", record) for name, record in bad))
    write_scores(tmp_path, line(held, 8, float("nan")), line(train, 8, 0.1), line(train, 4, 0.1))
    write_scores(tmp_path, line("pr1k3_held_lite0", 8, 0.1), line("pr1k3_train_lite0", 8, 0.1))
    write_scores(tmp_path, line("kid1k_held_unknown", 8, 0.1), line("nothing_held", 8, 0.1))
    assert gap_of(tmp_path) is None


def test_a_score_is_compared_with_the_best_one_of_training(tmp_path):
    held = "kid1k_held_lite0"
    assert behind_of(tmp_path) is None
    write_scores(tmp_path, line(held, 4, 0.3))
    assert behind_of(tmp_path)[1].value == 0
    write_scores(tmp_path, line(held, 12, 0.24), line(held, 8, 0.2), line(held, None, 0.1))
    name, behind = behind_of(tmp_path)
    assert name == held
    assert behind.value == pytest.approx(0.04)
    assert behind.error == pytest.approx(0.001 * 2**0.5)
    write_scores(tmp_path, line("kid5k_held_lite0", 8, 5.0), line("kid1k_train_lite0", 16, 0.1))
    assert behind_of(tmp_path)[0] == held
    write_scores(tmp_path, line("kid5k_held_lite0", 12, 5.0))
    assert behind_of(tmp_path)[0] == held  # the first by name


def searched(kimg, count, verdict, **more):
    results = {"results": {"copies": count, "copies_p": 0.5}, "kimg": kimg, "verdict": verdict}
    return "metric-copies.jsonl", {"tested": 1000, "expected": 9.9, **results, **more}


def test_copies_that_training_has_found_are_known_to_the_numbers(run):
    assert by_numbers(run, preset("tiny", resolution=16)).copies is None
    write_scores(run, searched(8, 300, "copies"), searched(4, 3, "none"))
    write_scores(run, searched(None, 3, "none"), searched(12, "x", "none"))  # not of training, none
    found = by_numbers(run, preset("tiny", resolution=16)).copies
    assert found == copies_of(run)
    assert by_numbers(run, preset("tiny", resolution=16, settings={"kimg": 8})).finished
    assert not by_numbers(run, preset("tiny", resolution=16, settings={"kimg": 9})).finished
    assert (found.kimg, found.count, found.tested, found.expected) == (8, 300, 1000, 9.9)
    assert (found.copying, found.verdict, found.says) == (True, "copies", "the generator copies")
    write_scores(run, searched(8, 3, "none"))  # a resumed run has searched again
    assert not by_numbers(run, preset("tiny", resolution=16)).copies.copying


def test_what_training_has_found_of_the_newest_network_is_the_verdict(run, monkeypatch):
    """The doctor's own search is of fewer pictures, and of another network than that of an old line."""
    own, reals = CopiesSeen(4, 500, 5.0, False, "none"), pictures(64)
    made, known, asked = Made(reals), Known(None, reals, 64), []
    monkeypatch.setattr(run_evidence, "made_now", lambda *arguments: made)
    monkeypatch.setattr(
        run_evidence, "judged_now", lambda *arguments: asked.append(arguments) or Estimate(0.7)
    )

    def seen(found, kimg):
        monkeypatch.setattr(run_evidence, "_copies", lambda *arguments: found)
        line = CopiesSeen(300, 1000, 9.9, True, "copies", "the generator copies", kimg)
        evidence = healthy(copies=line, looks=(), left=None, pictures=None)
        done = run_evidence._with_pictures(evidence, run, (), None, known, print)
        assert (asked.pop(), done.r_v, done.pictures) == (
            (run, known, made, print),
            Estimate(0.7),
            64,
        )
        return done.copies, done.left

    line, left = seen((own, (490, 500)), KIMG[-1])
    assert (line.count, left) == (300, (490, 500))
    assert seen((own, (490, 500)), KIMG[-1] - 4) == (own, (490, 500))
    line, left = seen((None, None), KIMG[-1] - 4)
    assert (line.count, left) == (300, None)


def test_its_own_search_says_what_the_search_says(monkeypatch):
    reals, made = pictures(60), np.concatenate([pictures(60)[:30], pictures(30, 1)])
    found = look_for_copies(images_of_array(made), images_of_array(reals))[0]
    monkeypatch.setattr(run_evidence, "CopyWatch", lambda dataset, log: lambda fakes: found)
    copies, left = run_evidence._copies(Known(None, reals, 60), made, print)
    assert (copies.count, copies.tested, copies.expected) == (found.count, 60, found.expected)
    assert (copies.verdict, copies.copying, copies.kimg) == ("copies", True, None)
    assert (copies.says, left) == ("the generator copies", (found.distinct, 60))
    monkeypatch.setattr(run_evidence, "CopyWatch", lambda dataset, log: lambda fakes: None)
    assert run_evidence._copies(Known(None, reals, 60), made, print) == (None, None)


def test_the_newest_network_makes_pictures_of_known_labels(monkeypatch):
    labels = np.repeat([0, 1, 2], [20, 10, 10]).astype(np.int64)
    data = dataset(count=40, labels=labels, num_classes=3)
    monkeypatch.setattr(run_pictures, "open_run", lambda run, argument: run)
    monkeypatch.setattr(run_pictures, "generator_of", lambda trained: Coloured())
    made = made_now("run", Known(data, None, 40), print)
    assert made.images.shape == (500, 2, 2, 3)
    np.testing.assert_array_equal(made.images[:, 0, 0] > 128, made.labels > 0)
    np.testing.assert_array_equal(made.classes, made.labels.argmax(axis=1))
