"""Rules of settings that go together: a predicate, and the sentence that refuses what it finds."""

import ast
import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Any

from ada_tf.settings.error import Named, SettingError
from ada_tf.settings.tree import get

_NAMED = re.compile(r"\{([\w.]+)(=[^}]*)?\}")


@dataclasses.dataclass(frozen=True)
class Rule:
    """A combination of settings that is refused.

        Rule(
            lambda c: c.loss.gp_weight and c.loss.r1_gamma,
            "{loss.gp_weight} wants slopes of 1, {loss.r1_gamma} of 0; set one of them to 0.",
        )

    Attributes:
        broken: settings -> True for those that are refused.
        sentence: names settings in braces: `{path}` with its value, `{path='ada'}` with another
            one, `{path=}` without any.
    """

    broken: Callable[[Any], object]
    sentence: str


def refuse(rules: Iterable[Rule], settings, value_of: Callable[[Any, str], Any] = get) -> None:
    """Check rules in their order.

    Args:
        rules: the rows of a table.
        settings: passed to every predicate.
        value_of: (settings, path) -> value, for the sentence.

    Raises:
        SettingError: the sentence of the first rule that is broken.
    """
    for rule in rules:
        if rule.broken(settings):
            raise SettingError(*_parts(rule.sentence, lambda path: value_of(settings, path)))


def _parts(sentence: str, value_of: Callable[[str], Any]) -> list:
    """Split a sentence into texts and `Named` settings."""
    parts, end = [], 0
    for match in _NAMED.finditer(sentence):
        path, given = match.groups()
        if given is None:
            named = Named(path, value_of(path))
        else:
            named = Named(path, ast.literal_eval(given[1:])) if given != "=" else Named(path)
        parts += [sentence[end : match.start()], named]
        end = match.end()
    return [part for part in (*parts, sentence[end:]) if part != ""]
