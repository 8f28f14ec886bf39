"""The pages are run from top to bottom, as `shortened` says: what a reader would type works."""

import contextlib
import pathlib
import re
import shutil

import pytest

from ada_tf.metrics.features import feature_network
from tests.metrics.networks import color_network
from tests.pages import shortened
from tests.pages.blocks import PAGES, ROOT, blocks_of, commands
from tests.pages.names import AFRESH, THEN, names_of
from tests.pages.programs import PROGRAMS, run
from tests.pages.python import parts
from tests.pages.workshop import furnish

# Keras' own, when it saves weights beside NumPy 2, and of every `fit` on a tf.data.Dataset.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning"),
]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workshop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        furnish(folder)
    return folder


@pytest.fixture
def desk(workshop, tmp_path, monkeypatch):
    """A copy of the workshop, to work in."""
    shutil.copytree(workshop, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(feature_network, "load_network", lambda name, **_: color_network(name))
    return tmp_path


def shorter(text: str, page: str) -> str:
    """The text of a page as it is run."""
    for long, short in shortened.REPLACED:
        text = re.sub(long, short, text)
    return re.sub(r"\bRUN\b", shortened.RUN.get(page, shortened.ANY_RUN), text)


def blocks(page: str) -> list:
    """What of a page is run here."""
    found = blocks_of(page, shorter((ROOT / page).read_text(), page))
    elsewhere = [words for of, words, _ in shortened.ELSEWHERE if of == page]
    return [
        block
        for block in found
        if block.language == "bash"
        or (block.language == "python" and not any(words in block.text for words in elsewhere))
    ]


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p) and p not in shortened.PAGES])
def test_a_page_runs(page, desk):
    names, trained = names_of(page), page not in shortened.TRAINED
    for block in blocks(page):
        if block.language == "python":
            names = names_of(page) if page in AFRESH else names
            run_python(block, names)
            continue
        for words in commands(block.text):
            if words[0] in PROGRAMS and not any(p in " ".join(words) for p in shortened.PARSED):
                trains = words[0] == "ada-train" and not trained
                added = shortened.TRAINED[page] if trains else shortened.ADDED.get(words[0], ())
                make_room(words)
                with ending_of(words):
                    run([*words, *added])
                trained = trained or trains
    assert trained


def ending_of(words: list[str]):
    """What a command may end with: the gate of copies says by status 3 that a few pictures cannot tell."""
    if "--fail_on_copies" in words:
        return pytest.raises(SystemExit, match="^3$")
    return contextlib.nullcontext()


def run_python(block, names: dict) -> None:
    then = [code for words, code in THEN.items() if words in block.text]
    for part in [*parts(block.text), *then]:
        exec(compile(part, str(block), "exec"), names)


def make_room(words: list[str]) -> None:
    """A page shows several exports into the same place, each for another reader."""
    for word in words:
        if words[0] == "ada-export" and word.startswith("--out="):
            out = pathlib.Path(word.removeprefix("--out="))
            shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
