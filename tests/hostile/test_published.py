"""Published networks of strangers: one sentence, soon, in little memory; nothing runs, nothing is imported."""

import sys
import time

import pytest

from ada_tf.errors import UserError
from ada_tf.interop.published import published_file
from tests import forked
from tests.hostile import published, published_sizes, safetensors
from tests.hostile.memory import Memory
from tests.hostile.test_hostile import LENGTH, MEGABYTES, SECONDS

TABLES = {
    "runs": published.EXECUTION,
    "length": published.LENGTHS,
    "time": published.TIME,
    "tensor": published_sizes.TENSORS,
    "array": published_sizes.ARRAYS,
    "network": published_sizes.OF_NETWORKS,
    "archive": published_sizes.ARCHIVES,
    "safetensors": safetensors.FILES,
}
KINDS = ("pytorch", "tf1", "archive", "stream", "modules", "safetensors")
ROWS = {f"{table}: {name}": build for table, rows in TABLES.items() for name, build in rows.items()}


@pytest.fixture(scope="module", autouse=True)
def _imported(tmp_path_factory):
    """What reading imports when it is used for the first time is no file's doing."""
    for name, content in published_sizes.honest().items():
        path = tmp_path_factory.mktemp(name) / "n.pkl"
        path.write_bytes(content)
        published_file.read(path)


def refused(path, folder) -> str:
    """Read a file; say why it was refused, having looked at what it cost and left behind."""
    before, modules = {p.name for p in folder.iterdir()}, set(sys.modules)
    size = path.stat().st_size / 2**20 if path.is_file() else 0
    memory, start = Memory(), time.process_time()
    try:
        published_file.read(path)
        sentence = ""
    except UserError as error:
        sentence = str(error).replace(str(folder), "")
    seconds, megabytes = time.process_time() - start, memory.grown()
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES + 3 * size
    assert {p.name for p in folder.iterdir()} == before
    assert {
        name for name in set(sys.modules) - modules if not name.startswith("encodings.")
    } == set()
    assert sentence.isprintable()
    assert len(sentence) <= LENGTH
    return sentence


@pytest.mark.timeout(60)
@pytest.mark.parametrize("row", ROWS)
def test_one_sentence_soon_in_little_memory_and_nothing_runs(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where attacks leave their mark
    build = ROWS[row]
    path = tmp_path / "n.pkl"
    if isinstance(build, bytes):
        path.write_bytes(build)
    else:
        path = build(tmp_path)
    assert refused(path, tmp_path)


@pytest.mark.parametrize("name", published_sizes.LARGE)
def test_what_is_read_is_read_soon(name, tmp_path):
    assert refused(published_sizes.LARGE[name](tmp_path), tmp_path) == ""


def test_there_are_many():
    assert len(ROWS) >= 400


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_cut(kind, tmp_path):
    content = published_sizes.honest()[kind]
    path = tmp_path / "n.pkl"
    for percent in range(100):
        path.write_bytes(content[: len(content) * percent // 100])
        assert refused(path, tmp_path)
    path.write_bytes(content[:-1])
    assert refused(path, tmp_path)


# Python warns of escapes in texts of the oldest protocol, where it is asked to warn.
@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_files_with_flipped_bits(kind, tmp_path):
    """Most are refused; the others have another weight."""
    content = published_sizes.honest()[kind]
    path = tmp_path / "n.pkl"
    for seed in range(200):
        path.write_bytes(published_sizes.flipped(content, seed))
        refused(path, tmp_path)


PROGRAMS = {
    "import_network": ("{path}", "--out=out"),
    "generate": ("{path}", "--seeds=1", "--outdir=out"),
    "film": ("{path}", "--seeds=1,2", "--out=a.webp"),
    "mix": ("{path}", "--rows=1", "--cols=2", "--styles=0", "--outdir=out"),
    "blend": ("creatures", "{path}", "--at=8", "--out=out"),
    "project": ("{path}", "--target=a.png", "--outdir=out"),
    "train": ("--resume={path}", "--data=digits", "--outdir=out"),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_end_with_one_sentence(program, tmp_path):
    (tmp_path / "n.pkl").write_bytes(published.EXECUTION["os.system"])
    arguments = [argument.format(path="n.pkl") for argument in PROGRAMS[program]]
    command = [sys.executable, "-m", f"ada_tf.cli.{program}", *arguments]
    done = forked.run(command, cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "n.pkl" in line
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "executed").exists()
