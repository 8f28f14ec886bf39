import pathlib

import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.errors import UserError
from tests.data import samples
from tests.sentences import refused


@pytest.mark.parametrize(
    "wishes",
    [
        {"resolution": 49},
        {"resolution": 4},
        {"resolution": "64x"},
        {"resolution": "64x49"},
        {"resolution": 0},
        {"resolution": -16},
        {"channels": 0},
        {"channels": 65},
        {"bits": 12},
        {"resize_filter": "nearest"},
        {"subset": 0},
        {"validation": -1},
        {"source": ""},
        {"seed": 2**63},
        {"seed": -(2**63) - 1},
    ],
)
def test_impossible_wishes(wishes):
    with refused():
        DataConfig(**wishes)


@pytest.mark.parametrize("seed", [2**63 - 1, -(2**63)])
def test_seeds_are_all_numbers_of_64_bits(seed):
    assert DataConfig(seed=seed).seed == seed


def test_a_square_has_one_spelling():
    assert DataConfig("digits", resolution="64x64") == DataConfig("digits", resolution=64)
    assert DataConfig("digits", resolution="64x32").resolution == "64x32"


def _refusal(**wishes) -> str:
    with pytest.raises(UserError) as caught:
        open_dataset(DataConfig(**wishes), samples.quiet)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_missing_source(tmp_path):
    assert "does not exist; must be creatures[:N], digits, tfds:NAME" in _refusal(
        source=str(tmp_path / "none")
    )


def test_digits_have_no_number():
    said = _refusal(source="digits:5")
    assert "digits takes no number; must be digits, which are all 1,797, or creatures:N" in said


def test_file_of_another_kind(tmp_path):
    (tmp_path / "film.mov").write_bytes(b"film")
    assert "is of another kind; must be creatures[:N], digits" in _refusal(
        source=str(tmp_path / "film.mov")
    )


def test_empty_folder(tmp_path):
    (tmp_path / ".hidden.png").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("nothing here")
    assert "holds no images" in _refusal(source=str(tmp_path))


def test_broken_zip(tmp_path):
    (tmp_path / "photos.zip").write_bytes(b"PK not really")
    assert "photos.zip cannot be read as a zip file" in _refusal(
        source=str(tmp_path / "photos.zip")
    )


def test_cache_that_cannot_be_written(tmp_path):
    source = samples.folder(tmp_path / "photos", ["a.png"])
    (tmp_path / "file").write_text("in the way")
    message = _refusal(source=str(source), cache_dir=str(tmp_path / "file" / "cache"))
    assert "cache_dir=" in message


def test_labels_asked_for_and_absent(tmp_path):
    source = samples.folder(tmp_path / "photos", ["a.png", "class/b.png"])
    message = _refusal(source=str(source), cond=True, cache_dir=str(tmp_path / "cache"))
    assert "cond=True: photos has no labels" in message


def test_missing_split(tmp_path):
    names = ["train/cat/a.png", "test/cat/b.png"]
    source = samples.folder(tmp_path / "photos", names)
    assert "has the splits test, train only" in _refusal(source=str(source), split="validation")


def test_a_source_alone_is_enough():
    config = DataConfig("photos", mirror=True)
    assert DataConfig.of("photos") == DataConfig.of(pathlib.Path("photos")) == DataConfig("photos")
    assert DataConfig.of(config) is config
    assert open_dataset("digits").num_images == open_dataset(DataConfig("digits")).num_images
    with refused("data=7"):
        open_dataset(7)
