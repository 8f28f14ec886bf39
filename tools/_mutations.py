"""Small changes that a program should not survive: found in the syntax tree, made in the text.

Only the changed expression is rewritten, so that a diff shows one line. Docstrings, annotations,
decorators and messages (f-strings, `raise`, `assert`, logging) are left alone.
"""

import ast
import difflib
import functools
import hashlib
import itertools
import random
from collections.abc import Iterator
from typing import NamedTuple

from _mutation_rules import RULES, SILENT, Text, name_of


class Mutation(NamedTuple):
    """One change of one file.

    Attributes:
        path: of the file, from the root of the project.
        line: where it begins, from 1.
        kind: in words.
        before: the whole file.
        after: the whole file, changed.
    """

    path: str
    line: int
    kind: str
    before: str
    after: str

    @property
    def diff(self) -> list[str]:
        """The changed lines, with "-" and "+" before them."""
        ours, theirs = self.before.splitlines(), self.after.splitlines()
        lines = difflib.unified_diff(ours, theirs, lineterm="", n=0)
        return [line for line in itertools.islice(lines, 2, None) if not line.startswith("@@")]

    @property
    def works(self) -> bool:
        """Whether it is a program, and another one."""
        after = _parsed(self.after)
        return after is not None and after != _parsed(self.before)

    @property
    def identity(self) -> str:
        """The same for the same change at the same place."""
        words = [self.path, str(self.line), *self.diff]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def mutations_of(path: str, source: str) -> list[Mutation]:
    """All changes of a file, in the order of its lines."""
    return [m for m in candidates_of(path, source) if m.works]


def candidates_of(path: str, source: str) -> list[Mutation]:
    """The same with changes that make no program, or no other one: to try all takes minutes."""
    found, text = {}, Text(source)
    for node, function in _walk(ast.parse(source), None):
        for rule in RULES.get(type(node), ()):
            for kind, start, end, instead in rule(node, function, text):
                after = (text.data[:start] + instead.encode() + text.data[end:]).decode()
                line = text.data[:start].count(b"\n") + 1
                found.setdefault(after, Mutation(path, line, kind, source, after))
    return sorted(found.values(), key=lambda m: (m.line, m.kind, m.after))


def sample(mutations: list[Mutation], count: int, seed: int) -> list[Mutation]:
    """Lines with equal probability, then one of the changes of each: long tables do not count more."""
    by_line = {}
    for mutation in mutations:
        by_line.setdefault((mutation.path, mutation.line), []).append(mutation)
    draw, found = random.Random(seed), []
    for line in draw.sample(sorted(by_line), len(by_line)):
        if len(found) == count:
            break
        if works := [m for m in by_line[line] if m.works]:
            found.append(draw.choice(works))
    return found


def from_list(text: str, sources: dict[str, str]) -> list[Mutation]:
    """Mutations written down by hand.

    Args:
        text: blocks of "# what it does", the path of a file, and changes: lines that begin with
            "-", which occur once in the file, before those that begin with "+".
        sources: path -> text of the files.

    Raises:
        SystemExit: a block does not fit its file.
    """
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if len(lines) < 3 or not lines[0].startswith("# "):
            continue  # an introduction
        kind, path = lines[0][2:], lines[1]
        after, line = sources[path], None
        for old, new in _hunks(lines[2:]):
            if after.count(old) != 1:
                raise SystemExit(f"{kind!r}: {path} holds {after.count(old)} times\n{old}")
            line = line or after[: after.index(old)].count("\n") + 1
            after = after.replace(old, new)
        found.append(Mutation(path, line, kind, sources[path], after))
    return found


def _hunks(lines: list[str]) -> Iterator[tuple[str, str]]:
    """("the lines with -", "those with +"), each with its line ends."""
    old, new = [], []
    for line in lines:
        if line.startswith("-") and new:
            yield "".join(old), "".join(new)
            old, new = [], []
        (old if line.startswith("-") else new).append(line[1:] + "\n")
    yield "".join(old), "".join(new)


@functools.lru_cache(2)
def _parsed(source: str) -> str | None:
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return None


def _walk(node, function) -> Iterator[tuple]:
    """Nodes that take part in what is computed, each with the function that it stands in."""
    if isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    call = node.value if isinstance(node, ast.Expr) else node
    if isinstance(call, ast.Call) and name_of(call.func) in SILENT:
        return
    yield node, function
    inside = node if isinstance(node, ast.FunctionDef) else function
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child, inside)
