"""Names of metrics: `fid50k_full`, `kid2k_full_mnv2`, `pr50k3`, `dc5k_full`, `ppl2_wend`."""

import dataclasses
import re

from ada_tf.errors import UserError
from ada_tf.metrics.kinds import KINDS, OFFLINE, Kind
from ada_tf.metrics.path_length import Path

LEGACY_REALS = 50_000  # fid50k and its like take the first 50,000 reals, whatever the fakes
PATHS = 50_000  # where a name says no number

# What generated images are compared with -> what says so in a name. "mirrored" is what older papers
# did: the first 50,000 images as they are trained on, mirrored copies included.
REFERENCES = {"all": "_full", "training": "_train", "held_out": "_held", "mirrored": ""}

_KINDS = "|".join(name for name, kind in KINDS.items() if not kind.of_paths)
_SET = re.compile(rf"({_KINDS})([1-9]\d*)(?:(k)([1-9]\d?)?)?(_full|_train|_held)?(_[a-z]\w*)?")
_PATH = re.compile(r"ppl(2?)_([zw])(full|end)(?:_([1-9]\d*)(k?))?")
_EXAMPLES = "fid50k_full, kid5k_full, pr50k3_full, dc5k_full, is50k, ppl2_wend or kid2k_full_mnv2"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric, read from its name.

    Attributes:
        name: as the user wrote it.
        kind: what it has in common with others.
        fakes: generated images, or paths.
        network: who looks at them, of `features.registry`.
        reference: of `REFERENCES`, which real images these are compared with; "" without any.
        reals: images of the data set at most, None for all of them; 0 for none at all.
        neighbours: of kinds that have any.
        path: which paths, of kinds that measure some.
    """

    name: str
    kind: Kind
    fakes: int
    network: str
    reference: str = ""
    reals: int | None = 0
    neighbours: int | None = None
    path: Path | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """What the results are called."""
        return tuple(self.name + end for end in self.kind.results)

    @property
    def view(self) -> tuple[str, str]:
        """Whose features are looked at: the network and its output."""
        return self.network, self.kind.output


def parse_metric(name: str) -> Metric:
    """Read a name.

    `<kind><count>[k]` says how many images are generated: 50k is 50,000, 500 is 500. A number
    behind the k is that of the neighbours, for kinds that have any: pr50k3. `_full` compares with
    the whole data set without mirrored copies, `_train` with those of its images that are trained
    on, `_held` with those held out of training; otherwise with the first 50,000 images as they are
    trained on. `_mnv2` uses the offline network. Path lengths may end in a count: `ppl2_wend_2k`.

    Raises:
        UserError: it is not a name of a metric.
    """
    if match := _PATH.fullmatch(name):
        version, space, where, count, k = match.groups()
        path = Path(space, ends=where == "end", crop=not version)
        kind = KINDS["ppl"]
        return Metric(
            name, kind, _count(count, k) if count else PATHS, kind.networks[""], path=path
        )
    match = _SET.fullmatch(name)
    if match is None:
        raise _unknown(name)
    word, count, k, neighbours, suffix, end = match.groups()
    kind = KINDS[word]
    if end and end not in kind.networks:
        raise _unknown(name)
    if (neighbours and kind.neighbours is None) or (suffix and kind.reals == 0):
        raise _unknown(name)
    reference = next(r for r, word in REFERENCES.items() if word == (suffix or ""))
    return Metric(
        name,
        kind,
        _count(count, k),
        kind.networks[end or ""],
        reference if kind.reals != 0 else "",
        LEGACY_REALS if reference == "mirrored" and kind.reals != 0 else kind.reals,
        int(neighbours) if neighbours else kind.neighbours,
    )


def parse_metrics(names, offline: bool = False, reference: str | None = None) -> list[Metric]:
    """Read several names; each is kept once.

    Args:
        names: a list, or one string with commas.
        offline: images are looked at by the offline network, as if all names ended in _mnv2.
        reference: of `REFERENCES`, what all are compared with, whatever the names say; None leaves
            that to them.

    Raises:
        UserError: there is none, one is not a name of a metric, or the offline network does not know it.
    """
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    found = [parse_metric(name) for name in names if name]
    if not found:
        raise UserError(f"metrics={','.join(names)!r} names none; write {_EXAMPLES}.")
    if reference is not None:
        found = [against(metric, reference) for metric in found]
    if offline:
        found = [_offline(metric) for metric in found]
    return list({metric.name: metric for metric in found}.values())


def against(metric: Metric, reference: str) -> Metric:
    """The same metric beside another reference set, of `REFERENCES`; some compare with none."""
    if metric.reals == 0:
        return metric
    word, count, k, neighbours, _, end = _SET.fullmatch(metric.name).groups()
    parts = (word, count, k, neighbours, REFERENCES[reference], end)
    return parse_metric("".join(part or "" for part in parts))


def _offline(metric: Metric) -> Metric:
    """The same metric by the offline network; paths are measured as ever."""
    if metric.kind.of_paths or metric.name.endswith(OFFLINE):
        return metric
    return parse_metric(metric.name + OFFLINE)


def _unknown(name: str) -> UserError:
    return UserError(f"metrics={name!r} is not a metric; write {_EXAMPLES}, with any count.")


def _count(digits: str, k: str | None) -> int:
    return int(digits) * (1000 if k else 1)
