"""Every command of the pages could be typed: the program is there, takes the flags and their values."""

import re
import subprocess

import pytest

from tests.cli.test_settings import FOREIGN
from tests.pages import shortened
from tests.pages.blocks import INLINE, PAGES, ROOT, all_blocks, commands
from tests.pages.programs import EXTRAS, PROGRAMS, flag_names, parsed
from tests.sentences import refused

BLOCKS = all_blocks("bash")
FLAG = re.compile(r"(?<![\w-])--([a-z][\w-]*)")
OF_ALL = {"flagfile", "help", "version"}
# Flags of TensorBoard, TensorFlow Serving and XLA.
OTHERS = FOREIGN | OF_ALL | {"logdir", "enable_batching", "xla_gpu_autotune_level"}
TOOLS = "".join(
    path.read_text()
    for folder in ("tools", "experiments")
    for path in (ROOT / folder).rglob("*.py")
)
KNOWN = OTHERS | {name for program in PROGRAMS for name in flag_names(program)}
KNOWN |= set(re.findall(r'(?:"--|DEFINE_\w+\(\s*")([\w-]+)"', TOOLS))


def test_there_are_blocks():
    assert len(BLOCKS) > 25
    assert {"README.md", "docs/play.md"} < {block.page for block in BLOCKS}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_shell_reads_it(block):
    done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def check(words: list[str]) -> None:
    """Fails unless the command could be typed, as far as its words say.

    Raises:
        UserError: a flag is not there or its value not accepted.
    """
    if words[0] in PROGRAMS:
        parsed(words)
        return
    (outside,) = (
        name for name in shortened.OUTSIDE if " ".join([*words, ""]).startswith(f"{name} ")
    )
    if outside == "pip":
        named = re.findall(r"\[([\w,-]+)\]", " ".join(words))
        assert {extra for names in named for extra in names.split(",")} <= EXTRAS
    if outside.startswith("python tools/"):
        source = (ROOT / words[1]).read_text()
        own = words[: words.index("--")] if "--" in words else words
        assert [
            f
            for f in FLAG.findall(" ".join(own))
            if f'"{f}"' not in source and f"--{f}" not in source
        ] == []
    if "--" in words:  # behind it a command of ours
        check(words[words.index("--") + 1 :])


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_its_commands_are_accepted(block):
    found = commands(block.text)
    assert found
    for words in found:
        check(words)


@pytest.mark.parametrize("page", PAGES)
def test_flags_within_sentences_exist(page):
    """Behind a program those of that program, alone those of any, of our tools, or of other programs."""
    unknown = []
    for code in INLINE.findall((ROOT / page).read_text()):
        program = code.split(" ")[0]
        known = flag_names(program) | OF_ALL if program in PROGRAMS else KNOWN
        unknown += [(code, flag) for flag in FLAG.findall(code) if flag not in known]
    assert unknown == []


def test_nothing_is_left_out_that_is_not_there():
    told = [" ".join([*words, ""]) for block in BLOCKS for words in commands(block.text)]
    for name in shortened.OUTSIDE:
        assert any(text.startswith(f"{name} ") for text in told), name
    for part in shortened.PARSED:
        assert any(part in text for text in told), part
    texts = [(ROOT / page).read_text() for page in PAGES]
    for pattern, _ in shortened.REPLACED:
        assert any(re.search(pattern, text) for text in texts), pattern


def told(words: list[str]) -> set[str]:
    """What a command says but for places and lengths."""
    return {word for word in words if not re.match(r"--(out|outdir|kimg)=|\S*runs/", word)}


def test_ci_types_what_the_readme_says():
    text = (ROOT / ".ci" / "run").read_text()
    ours = [words for words in commands(text) if words[0] in PROGRAMS]
    theirs = [told(words) for b in BLOCKS if b.page == "README.md" for words in commands(b.text)]
    assert {words[0] for words in ours} >= {"ada-train", "ada-generate", "ada-film", "ada-export"}
    assert [words for words in ours if told(words) not in theirs] == []


def test_what_would_not_be_accepted():
    with refused("--resolutoin"):
        check(["ada-train", "--data=photos/", "--resolutoin=64"])
    with refused("gamma=-1.0"):
        check(["ada-train", "--data=photos/", "--gamma=-1"])
    with refused("'more'"):
        check(["ada-generate", "runs/0", "more"])
    with pytest.raises(ValueError, match="not enough values"):
        check(["ada-trane", "--data=photos/"])


def test_what_a_command_is():
    shell = "until a --x='1 2'; do [ $? -eq 2 ] && break; done  # and so on\nb \\\n  c | d\n"
    assert commands(shell) == [["a", "--x=1 2"], ["[", "$?", "-eq", "2", "]"], ["b", "c"], ["d"]]
    assert commands("export A=1\nB=2\nbash -c 'C=3\n  exec e --f'\n") == [
        ["export", "A=1"],
        ["e", "--f"],
    ]
