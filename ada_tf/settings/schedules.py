"""Settings over time: a number as a function of the images that a run has seen.

    --lr=cosine:0.002@0,0.0005@2000        half a cosine from 0.002 to 0.0005 within 2,000 kimg
    --gamma=linear:5@0,1@400,0.5@1000      straight lines between three points
    --set=augment.target=steps:0.6@0,0.7@500

A point is value@kimg. Before the first point and after the last one the number stays as it is there.
"""

import dataclasses
import functools
import itertools
import math
import types
from collections.abc import Mapping

from ada_tf.errors import UserError

_POINTS = 64  # of a schedule; a stranger's file may give it
_EXAMPLE = "cosine:0.002@0,0.0005@1000"

# Share of the way from one point to the next, by the share of the images between them.
_KINDS = {
    "constant": lambda share: 0.0,
    "linear": lambda share: share,
    "cosine": lambda share: (1 - math.cos(math.pi * share)) / 2,
    "steps": lambda share: 0.0,
}


@dataclasses.dataclass(frozen=True)
class Schedule:
    """A number over the images of a run; call it with the images seen so far.

        Schedule("cosine", (0.002, 0.0005), (0, 2000))

    It is true unless it is 0 throughout, as a number is.

    Args:
        kind: "constant"; "linear" or "cosine" from point to point; or "steps", which takes the value
            of a point when that is reached.
        values: of the points.
        kimg: thousands of images of the points, rising from 0 or more.

    Raises:
        UserError: naming the first of these that is something else.
    """

    kind: str
    values: tuple[float, ...]
    kimg: tuple[float, ...] = (0.0,)

    def __post_init__(self):
        if self.kind not in _KINDS:
            raise UserError(f"kind={self.kind!r:.40} must be one of {', '.join(_KINDS)}.")
        for name in ("values", "kimg"):
            object.__setattr__(self, name, tuple(map(_finite, getattr(self, name))))
        most = 1 if self.kind == "constant" else _POINTS
        if not 1 <= len(self.values) <= most or len(self.kimg) != len(self.values):
            many = "one value" if most == 1 else f"1 to {most} values, each"
            raise UserError(f"{self.kind} takes {many} with its kimg.")
        if self.kimg[0] < 0 or any(a >= b for a, b in itertools.pairwise(self.kimg)):
            raise UserError(f"kimg={self.kimg!r:.80} must rise from 0 or more.")

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read the text form, such as cosine:0.002@0,0.0005@1000 or constant:0.002.

        Raises:
            UserError: it is none.
        """
        kind, colon, points = text.partition(":")
        if not colon:
            raise UserError(f"{text!r:.80} is no schedule, such as {_EXAMPLE}.")
        pairs = [point.partition("@") for point in points.split(",")]
        return cls(kind.strip(), [v for v, _, _ in pairs], [kimg or 0 for _, _, kimg in pairs])

    def __str__(self):
        """Write the text form, from which `parse` makes the same schedule."""
        if self.kind == "constant":
            return f"constant:{_short(self.values[0])}"
        points = zip(self.values, self.kimg, strict=True)
        return f"{self.kind}:{','.join(f'{_short(v)}@{_short(kimg)}' for v, kimg in points)}"

    def __format__(self, spec):
        """Show the text form; `spec` is for plain numbers, such as g."""
        return str(self)

    def __bool__(self):
        return any(self.values)

    def __call__(self, images: int) -> float:
        """Return the number after so many images."""
        kimg, values = self.kimg, self.values
        place = images / 1000
        if place <= kimg[0]:
            return values[0]
        if place >= kimg[-1]:
            return values[-1]
        i = max(i for i, point in enumerate(kimg) if point <= place)
        share = _KINDS[self.kind]((place - kimg[i]) / (kimg[i + 1] - kimg[i]))
        return values[i] + share * (values[i + 1] - values[i])


def value_at(value, images: int):
    """Return the number of a schedule after so many images; any other value as it is."""
    return value(images) if isinstance(value, Schedule) else value


def scheduled(config) -> dict[str, Schedule]:
    """Path -> schedule, of the fields of a dataclass and its sections that have one."""
    found = {}
    for name, value in vars(config).items():
        if isinstance(value, Schedule):
            found[name] = value
        elif dataclasses.is_dataclass(value):
            found |= {f"{name}.{path}": inner for path, inner in scheduled(value).items()}
    return found


def with_values(config, values):
    """Return the fields of a dataclass as attributes, some of them replaced; nothing is checked.

    Former names of fields are answered with a warning, as the dataclass answers them.

    Args:
        config: a dataclass.
        values: path -> value, such as the tensors that schedules have become.
    """
    own, sections = by_section(values)
    found = {**vars(config), **own}
    for name, inner in sections.items():
        found[name] = with_values(found[name], inner)
    return _namespace(type(config))(**found)


def by_section(values: Mapping) -> tuple[dict, dict[str, dict]]:
    """Tell apart paths of a tree: (name -> value, section -> path within it -> value)."""
    own, sections = {}, {}
    for path, value in values.items():
        name, _, rest = path.partition(".")
        if rest:
            sections.setdefault(name, {})[rest] = value
        else:
            own[name] = value
    return own, sections


@functools.cache
def _namespace(kind):
    """The class of a namespace that knows the former names of a `renamable` dataclass."""
    if issubclass(kind, types.SimpleNamespace):
        return kind
    former = {"__getattr__": kind.__getattr__} if hasattr(kind, "__getattr__") else {}
    return type(kind.__name__, (types.SimpleNamespace,), former)


def at(config, images: int):
    """Return a dataclass after so many images: its fields as attributes, numbers for schedules."""
    return with_values(config, {name: s(images) for name, s in scheduled(config).items()})


def peaks(config):
    """Return a dataclass with the largest of its numbers: 0 only where a schedule is 0 throughout."""
    found = {name: max(s.values, key=abs) for name, s in scheduled(config).items()}
    return with_values(config, found) if found else config


def _finite(value) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{value!r:.40} must be a finite number.")
    return number


def _short(number: float) -> str:
    """The shortest text that is read as the same float."""
    return repr(number).removesuffix(".0")
