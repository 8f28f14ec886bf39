"""Files of JSON lines hold each event once, whatever was killed while it wrote one."""

import os
import resource

import pytest

from ada_tf.training.runs import json_lines


def test_lines_come_back_in_their_order(tmp_path):
    for number in range(3):
        json_lines.append(tmp_path / "a.jsonl", {"number": number})
    assert json_lines.read(tmp_path / "a.jsonl") == [{"number": n} for n in range(3)]
    assert json_lines.read(tmp_path / "none.jsonl") == []


def test_what_is_not_wanted_and_what_was_cut_goes(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": 2}\n7\n\xff\n{"n": 3}\n{"n": 4')
    json_lines.keep(path, lambda record: record["n"] <= 2)
    json_lines.append(path, {"n": 3})
    assert path.read_text() == '{"n": 1}\n{"n": 2}\n{"n": 3}\n'


def test_a_file_that_is_right_is_left_alone(tmp_path):
    path = tmp_path / "a.jsonl"
    json_lines.append(path, {"n": 1})
    before = path.stat()
    json_lines.keep(path, lambda record: True)
    assert path.stat().st_ino == before.st_ino
    json_lines.keep(tmp_path / "none.jsonl", lambda record: True)
    assert not (tmp_path / "none.jsonl").exists()


@pytest.mark.parametrize(
    "odd", [b"7", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b"{"]
)
def test_lines_of_others_are_passed_over_and_stay_alone(tmp_path, odd):
    path = tmp_path / "a.jsonl"
    path.write_bytes(odd)
    json_lines.append(path, {"n": 1})
    json_lines.append(path, {"n": 2})
    assert json_lines.read(path) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("lines", [0, 1])
def test_a_full_disk_leaves_no_half_of_a_line(tmp_path, lines):
    """A limit on file sizes stands for the full disk."""
    path = tmp_path / "a.jsonl"
    for _ in range(lines):
        json_lines.append(path, {"n": 1})
    before = path.read_bytes() if lines else b""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 4, limit[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            json_lines.append(path, {"n": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert path.exists() == bool(lines)
    assert not lines or path.read_bytes() == before


def test_of_endless_files_equal_steps_are_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"n": {n}}}\n' for n in range(1000)))
    for most, step in ((None, 1), (1000, 1), (501, 1), (500, 2), (10, 100)):
        found = [record["n"] for record in json_lines.read(path, most)]
        assert found == [*range(0, 1000, step)]


def test_nothing_is_written_through_a_link_or_into_a_pipe(tmp_path):
    (tmp_path / "precious").write_text("work of years")
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "precious")
    os.mkfifo(tmp_path / "b.jsonl")
    for name in ("a.jsonl", "b.jsonl"):
        with pytest.raises(OSError, match=r"is a link|is no regular file"):
            json_lines.append(tmp_path / name, {"n": 1})
    assert json_lines.read(tmp_path / "b.jsonl") == []
    assert (tmp_path / "precious").read_text() == "work of years"
