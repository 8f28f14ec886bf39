"""Files of strangers and full disks: every error one sentence, every file whole or not there."""

import errno
import json
import os

import pytest

from ada_tf import files
from ada_tf.errors import UserError
from tests.sentences import refused


def test_a_pipe_is_no_file_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is no regular file"):
        files.open_regular(tmp_path / "pipe")


@pytest.mark.parametrize("path", ["/dev/zero", "/proc"])
def test_devices_and_folders_are_no_files(path):
    with pytest.raises(OSError, match="is no regular file"):
        files.open_regular(path)


def test_a_file_above_the_bound_is_not_read(tmp_path):
    (tmp_path / "large").write_bytes(b"123456")
    with files.open_regular(tmp_path / "large", 6) as file:
        assert file.read() == b"123456"
    with pytest.raises(OSError, match="larger than 5 bytes"):
        files.open_regular(tmp_path / "large", 5)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"7", b"null", b"{", b"\xff\xfe{}", b'{"a":' * 100_000, b"1" * 5000, b'"\\ud800'],
)
def test_what_is_no_json_object_is_a_sentence(tmp_path, content):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with (
        refused("file.json"),
        files.reading(path, "a report", "look"),
    ):
        files.read_json(path)


def test_reading_hides_no_defect_and_keeps_sentences(tmp_path):
    with pytest.raises(AssertionError), files.reading(tmp_path, "a file"):
        raise AssertionError
    with (
        refused("AssertionError"),
        files.reading(tmp_path, "a file", also=(AssertionError,)),
    ):
        raise AssertionError
    with refused(), files.reading(tmp_path, "a file"):
        raise UserError("mine")


def test_errors_of_tensorflow_are_sentences(tmp_path):
    import tensorflow as tf

    (tmp_path / "images-1.index").write_bytes(b"nonsense")
    with (
        refused(),
        files.reading(tmp_path, "a checkpoint"),
    ):
        tf.train.load_checkpoint(str(tmp_path / "images-1"))
    full = tf.errors.ResourceExhaustedError(None, None, "/a/b; No space left on device")
    with refused(), files.writing(tmp_path):
        raise full


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file.npz"
    files.write_text(path, "old")
    (tmp_path / "plain").write_text("")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode

    def write_half():
        with files.replacing(path) as temporary:
            assert temporary.suffix == ".npz"
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    files.write_text(path, "new")
    assert path.read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.npz", "plain"]


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch, overwrite):
    """A power cut leaves the old file or the new one, whole: see docs/operations.md."""
    order, numbers = [], len(os.listdir("/dev/fd"))

    def watch(name, content):
        call = getattr(os, name)

        def watched(first, *others):
            order.append((name, content(first)))
            return call(first, *others)

        monkeypatch.setattr(os, name, watched)

    watch("fsync", lambda number: os.pread(number, 10, 0))
    for name in ("replace", "link"):
        watch(name, lambda path: path.read_bytes())
    files.write_text(tmp_path / "file", "new", overwrite)
    assert order == [("fsync", b"new"), ("replace" if overwrite else "link", b"new")]
    assert len(os.listdir("/dev/fd")) == numbers


@pytest.mark.parametrize("opened", [files.open_regular, lambda path: files.open_own(path, 0)])
def test_what_is_refused_is_closed(tmp_path, opened):
    numbers = len(os.listdir("/dev/fd"))
    for _ in range(3):
        with pytest.raises(OSError, match="is no regular file"):
            opened(tmp_path)
    assert len(os.listdir("/dev/fd")) == numbers


@pytest.mark.parametrize("hard_links", [True, False])
def test_what_appears_meanwhile_stays(tmp_path, hard_links, monkeypatch):
    if not hard_links:

        def link(*_):
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", link)
    path = tmp_path / "film.webp"

    def write():
        with files.replacing(path, overwrite=False) as temporary:
            temporary.write_text("ours")
            path.write_text("theirs")

    with pytest.raises(FileExistsError, match="has appeared meanwhile"):
        write()
    assert path.read_text() == "theirs"
    files.write_text(tmp_path / "other", "ours", overwrite=False)
    assert (tmp_path / "other").read_text() == "ours"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.webp", "other"]


def test_a_full_disk_is_a_sentence(tmp_path):
    with refused(), files.writing(tmp_path / "x"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", ["run[1]", "a\\b", "a*", "what?", b"\xff.d"])
def test_paths_that_tensorflow_would_misread_are_refused(name):
    with refused("outdir="):
        files.check_tensorflow_path("outdir", name)


@pytest.mark.parametrize("name", ["https://x.org/ffhq.pkl", "gs://runs/1", "https:/x.org", b"s3:/"])
def test_addresses_are_no_paths(name):
    for check in (files.check_local, files.check_tensorflow_path):
        with refused("network="):
            check("network", name)


@pytest.mark.parametrize(
    "name", ["runs", "a:b/c:", "c:/x", "tfds:mnist", "~/my runs", "ü/\u0440\u0443", "a\nb", "-x"]
)
def test_other_paths_are_fine(name):
    files.check_tensorflow_path("outdir", name)


def test_what_a_file_says_of_itself_is_printed_escaped():
    assert files.cause(ValueError("\x1b[2Jbad\tname")) == r"\x1b[2Jbad\tname"
    assert len(files.cause(ValueError("\x00" * 200))) == 120
    assert files.cause(OSError("truncated file")) == "truncated file"
    assert files.cause(OSError()) == "OSError"
    assert files.cause(ValueError("a; b\nc")) == "a; b"


def test_the_cause_of_an_error_in_a_graph_is_its_last_line():
    import tensorflow as tf

    @tf.function
    def refuse():
        tf.debugging.Assert(False, ["never"])

    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        refuse()
    assert files.cause(caught.value) == "assertion failed: [never]"


def test_names_are_listed_as_far_as_a_sentence_goes():
    assert files.listed(()) == ""
    assert files.listed(("cat", "dog\n")) == r"cat, dog\n"
    assert files.listed([str(i) for i in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert files.listed([str(i) for i in range(12)], 3) == "0, 1, 2 and 9 more"
    assert files.listed(["x" * 40, "y" * 41]) == f"{'x' * 40}, {'y' * 37}..."


def test_names_fit_into_one_line():
    assert files.printable(b"a\n\xff") == "a\\n\\udcff"
    json.dumps(files.printable(b"\xff")).encode()


def test_values_of_strangers_are_cut():
    assert files.quoted("a\n") == "'a\\n'"
    assert files.quoted("x" * 100) == "'" + "x" * 76 + "..."
    assert files.quoted((1,)) == "(1,)"
    assert files.quoted({"a": [None, 1.5, True, b"x"]}) == "{'a': [None, 1.5, True, b'x']}"
    assert files.quoted(2**79) == str(2**79)
    assert files.quoted(-(10**5000)) == "a number of 16610 bits"
    assert files.quoted({"a": object}) == "{'a': a type}"


def test_values_that_hold_each_other_are_cut():
    value = []
    for _ in range(60):
        value = [value, value]
    assert files.quoted(value) == "[[..., ...], [..., ...]]"
    assert files.quoted(({"a": value},)) == "({'a': ...},)"
