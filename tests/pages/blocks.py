"""Code that stands in the pages: its blocks, and the commands of a shell in them."""

import ast
import dataclasses
import pathlib
import re
import shlex
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")))

FENCED = r"^```(?P<language>\w*)\n(?P<fenced>.*?)^```"
INDENTED = r"(?<=\n\n)(?P<indented>(?: {4}[^\n]*\n|\n(?= {4}))+)"
BLOCK = re.compile(f"{FENCED}|{INDENTED}", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# Words that stand before a command, and those of which one consists that does nothing by itself.
KEYWORDS = {"until", "while", "do", "then", "exec", "srun"}
EMPTY = {"done", "fi", "break"}
ENDS_COMMAND = "&|;\n"
COMMENT = re.compile(r"(^|\s)#.*")
ASSIGNMENT = re.compile(r"\w+=")
STARTS_SHELL = re.compile(r"(ada-\w+|pip|python|git|npm|docker|curl|tensorboard|bash) ")


@dataclasses.dataclass(frozen=True)
class Block:
    """Code of a page: `line` is that of its first line, `language` bash, python, ... or text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def blocks_of(page: str, text: str) -> list[Block]:
    """All blocks of a page, fenced and indented, in order."""
    found = []
    for match in BLOCK.finditer(text):
        code = match["fenced"] if match["indented"] is None else textwrap.dedent(match["indented"])
        line = text.count("\n", 0, match.start()) + (1 if match["fenced"] is None else 2)
        found.append(Block(page, line, match["language"] or _language(code), code))
    return found


def all_blocks(language: str) -> list[Block]:
    """Blocks of all pages in a language."""
    found = [b for page in PAGES for b in blocks_of(page, (ROOT / page).read_text())]
    return [block for block in found if block.language == language]


def _language(code: str) -> str:
    """Of a block that does not say it."""
    if STARTS_SHELL.match(code):
        return "bash"
    try:
        ast.parse(code)
    except SyntaxError:
        return "text"
    return "python"


def commands(shell: str) -> list[list[str]]:
    """The simple commands of a piece of shell, each as its words.

    Loops give what is inside of them, `bash -c '...'` what is quoted; assignments are left out.
    Redirections and substitutions are not understood: a page is easier to read without.
    """
    found = []
    for words in _split(shell):
        while words and words[0] in KEYWORDS:
            words = words[1:]
        if words[:2] == ["bash", "-c"]:
            found += commands(words[2])
        elif words and words[0] not in EMPTY and not ASSIGNMENT.match(words[0]):
            found.append(words)
    return found


def _split(shell: str):
    """Words up to the end of each command."""
    text = COMMENT.sub("", shell.replace("\\\n", ""))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=ENDS_COMMAND)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t", "", True
    words = []
    for word in lexer:
        if set(word) <= set(ENDS_COMMAND):
            yield words
            words = []
        else:
            words.append(word)
    yield words
