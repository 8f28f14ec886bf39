"""Files of JSON lines hold each event once, whatever was killed while it wrote one."""

from ada_tf.training import lines


def test_lines_come_back_in_their_order(tmp_path):
    for number in range(3):
        lines.append(tmp_path / "a.jsonl", {"number": number})
    assert lines.read(tmp_path / "a.jsonl") == [{"number": n} for n in range(3)]
    assert lines.read(tmp_path / "none.jsonl") == []


def test_what_is_not_wanted_and_what_was_cut_goes(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": 2}\n7\n\xff\n{"n": 3}\n{"n": 4')
    lines.keep(path, lambda record: record["n"] <= 2)
    lines.append(path, {"n": 3})
    assert path.read_text() == '{"n": 1}\n{"n": 2}\n{"n": 3}\n'


def test_a_file_that_is_right_is_left_alone(tmp_path):
    path = tmp_path / "a.jsonl"
    lines.append(path, {"n": 1})
    before = path.stat()
    lines.keep(path, lambda record: True)
    assert path.stat().st_ino == before.st_ino
    lines.keep(tmp_path / "none.jsonl", lambda record: True)
    assert not (tmp_path / "none.jsonl").exists()
