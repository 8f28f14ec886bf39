import pytest

from ada_tf.cli import _values
from ada_tf.errors import UserError

HIGHEST = 2**32 - 1


def test_a_run_is_an_argument_or_a_flag():
    assert _values.run_of(["program"], None) is None
    assert _values.run_of(["program", "a"], None) == "a"
    assert _values.run_of(["program"], "a") == "a"
    assert _values.run_of(["program", "a"], "a") == "a"
    with pytest.raises(UserError, match=r"^RUN='a' and network='b' are two runs; give one"):
        _values.run_of(["program", "a"], "b")


@pytest.mark.parametrize(
    ("argv", "network", "name"),
    [(["p", "file:///a.pkl"], None, "RUN"), (["p"], "gs://a/b", "network")],
)
def test_a_run_is_no_address_but_one_of_the_web(argv, network, name):
    with pytest.raises(UserError, match=rf"^{name}='.*' is an address; .* download it first"):
        _values.run_of(argv, network)
    for url in ("https://x.org/a.pkl", "HTTP://x.org/a.pkl"):
        assert _values.run_of(["program", url], None) == url


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
    assert _values.parse_numbers("rows", text, HIGHEST) == expected


@pytest.mark.parametrize("text", ["", "a", "1,", "5-3", "-1", "1.5", "1-2-3", "4294967296", "1 2"])
def test_what_is_no_number_is_refused_by_the_name_of_the_flag(text):
    with pytest.raises(UserError, match=r"^rows=.*1,2,5-10"):
        _values.parse_numbers("rows", text, HIGHEST)


def test_numbers_end_at_the_highest_and_are_not_too_many():
    assert _values.parse_numbers("styles", "0-9", 9) == list(range(10))
    with pytest.raises(UserError, match=r"^styles='0-10' must be numbers up to 9 and rising"):
        _values.parse_numbers("styles", "0-10", 9)
    assert len(_values.parse_numbers("seeds", "0-999999", HIGHEST)) == 10**6
    with pytest.raises(UserError, match=r"^seeds='0,0-999999' must be at most 1000000 seeds"):
        _values.parse_numbers("seeds", "0,0-999999", HIGHEST)


def test_what_is_missing_is_named_with_an_example():
    _values.require(("rows", "1", "0-3"), ("out", "", "mix.png"))
    with pytest.raises(UserError, match=r"^out is missing; give it, for example --out=mix\.png\.$"):
        _values.require(("rows", "1", "0-3"), ("out", None, "mix.png"))


def test_what_is_in_the_way_is_named_by_the_flag(tmp_path):
    (tmp_path / "a.png").symlink_to("nowhere")
    _values.refuse_taken("out", tmp_path, ["b.png"])
    with pytest.raises(UserError, match=r"^out='.*' already holds a\.png; .* --overwrite\.$"):
        _values.refuse_taken("out", tmp_path, ["b.png", "a.png"])
    _values.make_folder("out", tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()
    with pytest.raises(UserError, match=r"^out='.*a\.png' cannot be written"):
        _values.make_folder("out", tmp_path / "a.png")
