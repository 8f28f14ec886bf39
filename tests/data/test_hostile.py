"""Files that were made to do harm: no traceback, no hang, no memory, nothing outside, no code."""

import re
import tracemalloc

import pytest

from ada_tf.data import DataConfig, decoding, open_dataset
from ada_tf.errors import UserError
from tests.data import hostile, hostile_prepared

ROWS = {**hostile.ROWS, **hostile_prepared.ROWS}

# What a hostile file may take of the memory of Python and NumPy: as much as zip files may unpack to
# at a time. (Sound images take more: what is decoded is bounded by `memory_limit`.)
BOUND = decoding.MAX_UNPACKED


def _is_one_line(text: str) -> None:
    assert text.isprintable(), text
    assert len(text) < 1000, text


def _names(folder) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def _opened(config: DataConfig) -> int | str:
    """How many images could be read, or the sentence."""
    try:
        dataset = open_dataset(config, _is_one_line)
        return len(dataset.images(range(dataset.num_images)))
    except UserError as error:
        return str(error)


@pytest.mark.timeout(120)  # a table of a million lines, beside other work
@pytest.mark.parametrize("name", ROWS)
def test_a_hostile_file_is_a_sentence_or_harmless(tmp_path, name):
    write, said = ROWS[name]
    (tmp_path / "given").mkdir()
    source = write(tmp_path / "given")
    before = _names(tmp_path)
    config = DataConfig(str(source), cache_dir=str(tmp_path / "cache"), cond=False)
    tracemalloc.start()
    try:
        found = _opened(config)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < BOUND
    if isinstance(said, int):
        assert found == said
    else:
        _is_one_line(found)
        assert re.search(said, found)
        assert found.endswith(".")
    assert [n for n in _names(tmp_path) if not n.startswith(f"{tmp_path}/cache")] == before


def test_there_are_many():
    assert len(ROWS) >= 175
