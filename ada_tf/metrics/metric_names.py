"""Names of metrics: `fid50k_full`, `kid2k_full_lite0`, `pr50k3`, `dc5k_full`, `ppl2_wend`.

Nothing of this imports TensorFlow, so that a mistyped name is answered at once.
"""

import dataclasses
import re

from ada_tf.errors import UserError
from ada_tf.metrics.features import networks
from ada_tf.metrics.kinds import KINDS, Kind

# Which paths between latents a path length measures; what its name says, without TensorFlow.


@dataclasses.dataclass(frozen=True)
class Path:
    """Which paths are measured.

    Attributes:
        space: "w" interpolates linearly in W, "z" along great circles in Z.
        ends: measure at the start of each path only, else at a uniformly random point.
        crop: look at the part of the image where aligned faces are.
    """

    space: str = "w"
    ends: bool = True
    crop: bool = False

    def describe(self, count: int) -> str:
        """The protocol of so many paths in words."""
        where = "ends" if self.ends else "random points"
        crop = "cropped to the face" if self.crop else "whole images"
        return (
            f"{count} pairs at {where} of paths in {self.space.upper()}, {crop},"
            " LPIPS 0.1 of VGG16, float32"
        )


W_ENDS = Path()  # of StyleGAN2


DEFAULT = "fid50k_full"
LEGACY_REALS = 50_000  # fid50k and its like take the first 50,000 reals, whatever the fakes
PATHS = 50_000  # where a name says no number

# What generated images are compared with -> what says so in a name. "mirrored" is what older papers
# did: the first 50,000 images as they are trained on, mirrored copies included.
REFERENCES = {"all": "_full", "training": "_train", "held_out": "_held", "mirrored": ""}

_KINDS = "|".join(name for name, kind in KINDS.items() if not kind.of_paths)
_SET = re.compile(rf"({_KINDS})([1-9]\d*)(?:(k)([1-9]\d?)?)?(_full|_train|_held)?(_[a-z]\w*)?")
_PATH = re.compile(r"ppl(2?)_([zw])(full|end)(?:_([1-9]\d*)(k?))?")
_EXAMPLES = "fid50k_full, kid5k_full, pr50k3_full, dc5k_full, is50k, ppl2_wend or kid2k_full_lite0"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric, read from its name.

    Attributes:
        name: as the user wrote it, and the end of the network that looks.
        kind: what it has in common with others.
        fakes: generated images, or paths.
        network: who looks at them, of `features.networks` or your own.
        references: of `REFERENCES`, which real images these are compared with; () without any.
        reals: images of the data set at most, None for all of them; 0 for none at all.
        neighbours: of kinds that have any.
        path: which paths, of kinds that measure some.
    """

    name: str
    kind: Kind
    fakes: int
    network: str
    references: tuple[str, ...] = ()
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


def parse_metric(name: str, features=None, reference: str | None = None) -> Metric:
    """Read a name.

    `<kind><count>[k]` says how many images are generated: 50k is 50,000, 500 is 500. A number
    behind the k is that of the neighbours, for kinds that have any: pr50k3. `_full` compares with
    the whole data set without mirrored copies, `_train` with those of its images that are trained
    on, `_held` with those held out of training; otherwise with the first 50,000 images as they are
    trained on. The end of a network of `features.networks` looks through it: `_lite0`. Path lengths
    may end in a count: `ppl2_wend_2k`.

    Args:
        name: of the metric.
        features: what has a name, an end and outputs, as a FeatureNetwork of your own: its end is
            known as well, and is put to a name that has none.
        reference: of `REFERENCES`, what it compares with, whatever the name says; None leaves that
            to the name.

    Raises:
        UserError: it is not the name of a metric, or its network does not give what it needs.
    """
    if match := _PATH.fullmatch(name):
        version, space, where, count, k = match.groups()
        path = Path(space, ends=where == "end", crop=not version)
        kind = KINDS["ppl"]
        return Metric(name, kind, _count(count, k) if count else PATHS, kind.network, path=path)
    match = _SET.fullmatch(name)
    if match is None:
        raise _unknown(name)
    word, count, k, neighbours, suffix, end = match.groups()
    kind = KINDS[word]
    free = kind.reals != 0 and not kind.beside  # the name says what it is compared with
    if (neighbours and kind.neighbours is None) or (suffix and not free):
        raise _unknown(name)
    if not free:
        reference = None
    elif reference is None:
        reference = next(r for r, word in REFERENCES.items() if word == (suffix or ""))
    network = _network(name, kind, end, features)
    own = "" if network.name == kind.network else network.end
    return Metric(
        "".join([word, count, k or "", neighbours or "", REFERENCES.get(reference, ""), own]),
        kind,
        _count(count, k),
        network.name,
        kind.beside if reference is None else (reference,),
        LEGACY_REALS if reference == "mirrored" else kind.reals,
        int(neighbours) if neighbours else kind.neighbours,
    )


def parse_metrics(names, features=None, reference: str | None = None) -> list[Metric]:
    """Read several names; each is kept once.

    Args:
        names: a list, or one string with commas.
        features: see `parse_metric`; or the name of a network of `features.networks`.
        reference: see `parse_metric`.

    Raises:
        UserError: there is none, one is not a name of a metric, or its network does not give what
            it needs.
    """
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    if isinstance(features, str):
        features = networks.network(features)
    found = [parse_metric(name, features, reference) for name in names if name]
    if not found:
        raise UserError(f"metrics={','.join(names)!r} names none; write {_EXAMPLES}.")
    return list({metric.name: metric for metric in found}.values())


def _network(name: str, kind: Kind, end: str | None, features):
    """Who looks at the images of a metric."""
    if end is None:
        network = networks.NETWORKS[kind.network] if features is None else features
    else:
        known = {row.end: row for row in networks.NETWORKS.values()}
        if features is not None:
            known[features.end] = features
        if end not in known:
            raise _unknown(name)
        network = known[end]
    if kind.output not in network.outputs:
        able = [row.name for row in networks.NETWORKS.values() if kind.output in row.outputs]
        raise UserError(
            f"metrics={name!r} needs {kind.output}, which {network.title} does not give;"
            f" {', '.join(able)} do."
        )
    return network


def _unknown(name: str) -> UserError:
    return UserError(f"metrics={name!r} is not a metric; write {_EXAMPLES}, with any count.")


def _count(digits: str, k: str | None) -> int:
    return int(digits) * (1000 if k else 1)
