"""What the first lines say of a folder before somebody trains on it for a night."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.advice import FEW
from ada_tf.data.prepared import data_report
from tests.data import samples


def told(source, cache, **wishes) -> list[str]:
    said = []
    wishes = {"resolution": 8, **wishes}
    open_dataset(DataConfig(str(source), cache_dir=str(cache), **wishes), said.append)
    return said


def with_word(said: list[str], word: str) -> list[str]:
    return [line for line in said if word in line]


def prepared_in(cache):
    (path,) = (path for path in cache.iterdir() if path.is_dir())
    return path


@pytest.mark.parametrize(("count", "few"), [(FEW - 1, 1), (FEW, 0)])
def test_few_images_are_said_to_be_copied(tmp_path, count, few):
    source = samples.folder(tmp_path / "set", [f"{i}.png" for i in range(count)], (8, 8))
    lines = with_word(told(source, tmp_path / "cache", mirror=True), "are few: below about 100")
    assert len(lines) == few  # mirrored copies do not count
    if few:
        assert lines[0].startswith(f"data: {count} images are few")
    both = told(source, tmp_path / "cache", subset=5)
    assert with_word(both, "data: 5 images are few")


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat/1.png", "dog/2.png", "dog/3.png"], "2 classes: dog (2), cat (1); --cond learns"),
        ([f"{c}/1.png" for c in "abcde"], "5 classes: a (1), b (1), c (1) and 2 more; --cond"),
        (["cat/1.png", "cat/2.png"], None),
        (["cat/1.png", "2.png"], None),
    ],
)
def test_classes_that_nobody_asked_for(tmp_path, names, classes):
    source = samples.folder(tmp_path / "set", names, (8, 8))
    said = with_word(told(source, tmp_path / "cache"), "--cond")
    assert [classes in line for line in said] == [True] * (classes is not None)
    if classes:
        assert not with_word(told(source, tmp_path / "cache", cond=True), "--cond")


def test_attributes_that_nobody_asked_for(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"], (8, 8))
    (source / "labels.csv").write_text("file,age\na.png,1\nb.png,2\n")
    (line,) = with_word(told(source, tmp_path / "cache"), "--cond")
    assert line.startswith("data: 1 attribute in labels; --cond learns them")


def test_one_class_is_none_to_tell_apart(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"], (8, 8))
    (source / "labels.csv").write_text("file,kind\na.png,cat\nb.png,cat\n")
    assert not with_word(told(source, tmp_path / "cache"), "--cond")


def test_creatures_are_not_asked_about_their_bodies(tmp_path):
    assert not with_word(told("creatures:4", tmp_path / "cache", resolution=16), "--cond")


def test_the_same_pixels_in_two_files_are_told_and_kept(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"], (8, 8))
    with Image.open(source / "a.png") as picture:
        picture.save(source / "c.bmp")
    said = told(source, tmp_path / "cache")
    assert "prepared 3 of 3 images" in said[0]
    (line,) = with_word(said, "the same pixels")
    assert (
        "the same pixels as another at this size: 1 of 3 images, such as c.bmp, as a.png;" in line
    )
    assert not with_word(said, "left out")


def test_what_is_said_is_said_at_every_start(tmp_path):
    source = samples.folder(tmp_path / "set", ["x/wide.png", "y/wide.png"], (30, 10))
    (source / "x" / "cut.png").write_bytes((source / "x" / "wide.png").read_bytes()[:90])
    (source / "x" / "copy.png").write_bytes((source / "x" / "wide.png").read_bytes())
    first, *remarked = told(source, tmp_path / "cache")
    assert "prepared 2 of 4 images" in first
    for word in ("cannot be read", "left out as duplicates", "more than a quarter", "2 classes"):
        assert with_word(remarked, word), word
    second, *again = told(source, tmp_path / "cache")
    assert "prepared before" in second
    assert again == remarked
    folder = prepared_in(tmp_path / "cache")
    assert told(folder, tmp_path / "other") == remarked
    assert not (tmp_path / "other").exists()


def test_whoever_does_not_train_is_spared(tmp_path):
    source = samples.folder(tmp_path / "set", ["x/wide.png", "y/wide.png"], (30, 10))
    said = []
    config = DataConfig(str(source), resolution=8, cache_dir=str(tmp_path / "cache"))
    open_dataset(config, said.append, advise=False)
    assert [line.split(":")[0] for line in said] == ["data"]
    assert "prepared 2 of 2" in said[0]


@pytest.mark.parametrize(("size", "said"), [((7, 9), True), ((8, 8), False)])
def test_enlargement_is_told_before_the_work(tmp_path, size, said):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png", "c.png"], size)
    lines = told(source, tmp_path / "cache", resolution="8x8")
    sentence = "data: resolution 8 enlarges most images: the smaller side of the median image has 7"
    assert lines[0].startswith(sentence) == said


def test_the_commonest_reason_is_the_example(tmp_path):
    source = samples.folder(tmp_path / "set", ["ok.png", "z1.jpg"], (40, 40))
    whole = (source / "z1.jpg").read_bytes()
    (source / "a.png").write_text("text")
    for number in (1, 2):  # cut at different places: one reason
        (source / f"z{number}.jpg").write_bytes(whole[: len(whole) // 2 + 10 * number])
    (line,) = with_word(told(source, tmp_path / "cache"), "cannot be read")
    assert "3 of 4 images, such as z1.jpg (image file is truncated" in line


HOSTILE = {
    "no JSON": "{",
    "a list": "[]",
    "other types": '{"cropped": {"count": "9", "of": 9, "example": "x"}}',
    "no example": '{"cropped": {"count": 9, "of": 9}}',
    "more": '{"cropped": {"count": 9, "of": 9, "example": "x", "more": 1}}',
    "deep": '{"a":' * 100_000,
    "numbers": '{"cropped": 7}',
    "long": json.dumps({"cropped": {"count": 1, "of": 1, "example": "x" * 2**21}}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_remarks_of_a_stranger_are_no_words_of_ours(tmp_path, kind):
    (tmp_path / data_report.REMARKS_FILE).write_text(HOSTILE[kind])
    assert data_report.read_remarks(tmp_path) == {}


def test_an_example_of_a_stranger_is_one_short_line(tmp_path):
    some = data_report.Some(1, 2, "a\n\x1b[31m" + "b" * 1000)
    data_report.write_remarks(tmp_path, {"cropped": some})
    (line,) = data_report.remark_lines(data_report.read_remarks(tmp_path))
    assert r"such as a\n\x1b[31mbbb" in line
    assert len(line) < 400


def test_a_set_from_before_has_nothing_to_say(tmp_path):
    assert data_report.read_remarks(tmp_path) == {}


def test_the_report_goes_where_the_run_is(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png"], (8, 8))
    data = DataConfig(str(source), resolution=8, cache_dir=str(tmp_path / "cache"))
    dataset = open_dataset(data, samples.quiet)
    assert dataset.prepared_in == prepared_in(tmp_path / "cache")
    run = tmp_path / "run"
    run.mkdir()
    data_report.copy(dataset.prepared_in, run)
    text = (run / data_report.FILE).read_text()
    kept = (dataset.prepared_in / data_report.FILE).read_text()
    assert text == f"prepared set: {dataset.prepared_in}\n{kept}"
    shutil.rmtree(dataset.prepared_in)
    data_report.copy(dataset.prepared_in, run)  # of a set without one nothing is written
    assert (run / data_report.FILE).read_text() == text


def test_ten_thousand_odd_files_make_a_report_of_a_page(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png"], (8, 8))
    for number in range(1000):
        (source / f"{number}.{'ogg' if number % 2 else 'dat'}").touch()
    told(source, tmp_path / "cache")
    folder = prepared_in(tmp_path / "cache")
    text = (folder / data_report.FILE).read_text()
    assert "\nskipped, not named like an image (.ogg): 500\n" in text
    assert len(text.splitlines()) < 50
    record = json.loads((folder / data_report.JSON).read_text())
    assert len(record["files"]) == 1001
    assert np.array_equal(record["counts"]["skipped"], 1000)
