import pytest

from ada_tf.cli import _values
from tests.sentences import refused

HIGHEST = 2**32 - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", [3]),
        ("1,2,5-8", [1, 2, 5, 6, 7, 8]),
        (" 4 , 2 - 3 ", [4, 2, 3]),
        ("7-7,7", [7, 7]),
        ("4294967295", [2**32 - 1]),
    ],
)
def test_numbers_and_ranges(text, expected):
    assert _values.numbers("rows", text, HIGHEST) == expected


@pytest.mark.parametrize("text", ["", "a", "1,", "5-3", "-1", "1.5", "1-2-3", "4294967296", "1 2"])
def test_what_is_no_number_is_refused_by_the_name_of_the_flag(text):
    with refused("rows="):
        _values.numbers("rows", text, HIGHEST)


def test_numbers_end_at_the_highest_and_are_not_too_many():
    assert _values.numbers("styles", "0-9", 9) == list(range(10))
    with refused("styles='0-10'"):
        _values.numbers("styles", "0-10", 9)
    assert len(_values.numbers("seeds", "0-999999", HIGHEST)) == 10**6
    with refused("seeds='0,0-999999'"):
        _values.numbers("seeds", "0,0-999999", HIGHEST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", ["a"]), ("a.npz, b.npz", ["a.npz", "b.npz"]), ('"a,b",c', ["a,b", "c"])],
)
def test_texts_with_commas(text, expected):
    assert _values.words("ws", text) == expected


@pytest.mark.parametrize("text", ["", ",", "a,", 'a"b,"c'])
def test_an_empty_text_is_refused(text):
    with refused("ws="):
        _values.words("ws", text)


@pytest.mark.parametrize("text", ["", "most", "4-2", "coarse,"])
def test_what_is_no_layer_is_refused(text):
    with refused("styles="):
        _values.layers("styles", text)


def test_layers_are_numbers_ranges_and_groups():
    assert _values.layers("styles", "coarse, 5-6") == ["coarse", 5, 6]


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 images"), (1, "1 image"), (2000, "2,000 images")]
)
def test_counted_in_words(count, words):
    assert _values.counted(count, "image") == words


def test_networks_that_are_not_there_are_refused(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "images-1.index").touch()
    for there in (
        tmp_path / "run",
        tmp_path / "images-1",
        "creatures",
        "ffhq256",
        "https://x.org/a",
    ):
        _values.check_is_there("RUN", str(there), "a run")
    with refused("RUN="):
        _values.check_is_there("RUN", str(tmp_path / "nowhere"), "a run")


def test_what_is_in_the_way_is_named_by_the_flag(tmp_path):
    (tmp_path / "a.png").symlink_to("nowhere")
    _values.refuse_taken("out", tmp_path, ["b.png"])
    with refused("out="):
        _values.refuse_taken("out", tmp_path, ["b.png", "a.png"])
    _values.make_folder("out", tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()
    (tmp_path / "file").touch()
    for folder in ("file", "file/in/it"):
        with refused("out="):
            _values.check_folder("out", tmp_path / folder)
        with refused("out="):
            _values.make_folder("out", tmp_path / folder)
    _values.check_folder("out", tmp_path / "another" / "new")
    assert not (tmp_path / "another").exists()
