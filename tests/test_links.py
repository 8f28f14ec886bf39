"""What the pages point to exists: links, and paths of the repository that stand in code."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATTERNS = ("*.md", ".github/**/*.md", "docs/**/*.md", "experiments/**/*.md", "tests/**/*.md")
PAGES = sorted(
    page.relative_to(ROOT).as_posix() for pattern in PATTERNS for page in ROOT.glob(pattern)
)

# Code that begins like this is a path of the repository, up to the first space.
FOLDERS = ("ada_tf", "docs", "experiments", "tests", "tools", ".ci", ".github")
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*[\w*/]")
CODE = re.compile(r"```.*?```|`[^`\n]+`|(?<=\n)    [^\n]*", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """What may stand behind a # in a link to the page: its headings as GitHub and mkdocs write them."""
    words = (re.sub(r"[^\w -]", "", title.strip().lower()) for title in HEADING.findall(text))
    return {word.replace(" ", "-") for word in words}


def to_anchors(text: str) -> list[tuple[str, str]]:
    """(page, anchor) of the relative links that name a place in a page."""
    targets = [target.partition("#")[::2] for target in LINK.findall(text)]
    return [(page, anchor) for page, anchor in targets if anchor and "://" not in page]


def links(text: str) -> list[str]:
    """Relative targets of links, without what follows a #."""
    targets = [target.partition("#")[0] for target in LINK.findall(text)]
    return [target for target in targets if target and "://" not in target]


def paths(text: str) -> list[str]:
    """Paths of the repository in code."""
    return [path for code in CODE.findall(text) for path in PATH.findall(code)]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_points_to_exists(page):
    path = ROOT / page
    text = path.read_text()
    assert [target for target in links(text) if not (path.parent / target).exists()] == []
    for target, anchor in to_anchors(text):
        whole = path.parent / target if target else path
        assert whole.suffix != ".md" or anchor in anchors(whole.read_text())
    assert [target for target in paths(text) if not any(ROOT.glob(target.rstrip("/")))] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_pages_of_the_site_link_to_each_other_only(page):
    """Beside them the site has nothing; `mkdocs build --strict` says so, too, but later."""
    path = ROOT / page
    targets = {target: (path.parent / target).resolve() for target in links(path.read_text())}
    assert [t for t, whole in targets.items() if ROOT / "docs" not in whole.parents] == []


def test_what_counts_as_a_link_or_path():
    text = "[a](b.md#c) [d](https://e.org) `tools/f.py --g=runs/h` ![i](j.png)\n    ada_tf/k/*.py\n"
    assert links(text) == ["b.md", "j.png"]
    assert paths(text) == ["tools/f.py", "ada_tf/k/*.py"]
    assert to_anchors(text) == [("b.md", "c")]
    assert anchors("# A\n\n## Is it any good, and `x`-y?\n") == {"a", "is-it-any-good-and-x-y"}
    assert paths("see tests/x.py, `my_tests/x.py` and `a/tests/y`") == []
