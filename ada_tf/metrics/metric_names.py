"""Names of metrics: `fid50k_full`, `kid2k_full_lite0`, `pr50k3`, `dc5k_full`, `ppl2_wend`.

This file imports no TensorFlow, so that a mistyped name is answered at once.
"""

import dataclasses
import re

from ada_tf.errors import UserError
from ada_tf.metrics.features import networks
from ada_tf.metrics.kinds import KINDS, MetricKind


@dataclasses.dataclass(frozen=True)
class Path:
    """Paths between latents along which a path length is measured.

    Attributes:
        space: "w" interpolates linearly in W, "z" along great circles in Z.
        ends: measure at the start of each path only, else at a uniformly random point.
        crop: look at the part of the image where aligned faces are.
    """

    space: str = "w"
    ends: bool = True
    crop: bool = False

    def describe(self, count: int) -> str:
        """Protocol of `count` paths in words."""
        where = "ends" if self.ends else "random points"
        crop = "cropped to the face" if self.crop else "whole images"
        return (
            f"{count} pairs at {where} of paths in {self.space.upper()}, {crop},"
            " LPIPS 0.1 of VGG16, float32"
        )


W_ENDS = Path()  # of StyleGAN2


DEFAULT = "fid50k_full"
_LEGACY_REALS = 50_000  # fid50k and its like take the first 50,000 reals, whatever the fakes
_PATHS = 50_000  # paths of a path length whose name has no count

# Reference set -> its part of a name. "mirrored" is that of older papers: the first 50,000 images as
# they are trained on, mirrored copies included.
REFERENCES = {"all": "_full", "training": "_train", "held_out": "_held", "mirrored": ""}

# Kind, count, k, neighbours, reference set, network.
_SET = re.compile(r"([a-z]+)([1-9]\d*)(?:(k)([1-9]\d?)?)?(_full|_train|_held)?(_[a-z]\w*)?")
_PATH = re.compile(r"ppl(2?)_([zw])(full|end)(?:_([1-9]\d*)(k?))?")
_EXAMPLES = "fid50k_full, kid5k_full, pr50k3_full, dc5k_full, is50k, ppl2_wend or kid2k_full_lite0"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric, read from its name.

    Attributes:
        name: as the user wrote it, with the end of the network.
        kind: its row.
        fakes: number of generated images, or of paths.
        network: name of the feature network.
        references: reference sets, of `REFERENCES`; () without real images.
        reals: most images of a reference set, None for all of them; 0 without real images.
        neighbours: of kinds that have any.
        path: of kinds that measure paths.
    """

    name: str
    kind: MetricKind
    fakes: int
    network: str
    references: tuple[str, ...] = ()
    reals: int | None = 0
    neighbours: int | None = None
    path: Path | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the results."""
        return tuple(self.name + end for end in self.kind.results)

    @property
    def view(self) -> tuple[str, str]:
        """The network and its output whose features are used."""
        return self.network, self.kind.output


def parse_metric(name: str, features=None, reference: str | None = None) -> Metric:
    """Read a name.

    `<kind><count>[k]` is the number of generated images: 50k is 50,000, 500 is 500. A number behind
    the k is that of the neighbours, for kinds that have any: pr50k3. `_full` compares with the whole
    data set without mirrored copies, `_train` with the training images, `_held` with the held-out
    ones; without such a word it is the first 50,000 images as they are trained on. `_lite0` or the
    end of another network names the feature network. Path lengths may end in a count: `ppl2_wend_2k`.

    Args:
        name: of the metric.
        features: a network with a name, an end and outputs, as a FeatureNetwork of your own. Its end
            is known, and is added to a name without an end.
        reference: reference set, of `REFERENCES`, whatever the name says; None leaves it to the name.

    Raises:
        UserError: it is not the name of a metric, or its network lacks the output it needs.
    """
    if match := _PATH.fullmatch(name):
        version, space, where, count, k = match.groups()
        path = Path(space, ends=where == "end", crop=not version)
        kind = KINDS["ppl"]
        return Metric(name, kind, _count(count, k) if count else _PATHS, kind.network, path=path)
    match = _SET.fullmatch(name)
    if match is None or match[1] not in KINDS or KINDS[match[1]].of_paths:
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
        _LEGACY_REALS if reference == "mirrored" else kind.reals,
        int(neighbours) if neighbours else kind.neighbours,
    )


def parse_metrics(names, features=None, reference: str | None = None) -> list[Metric]:
    """Read several names; each is kept once.

    Args:
        names: a list, or one string with commas.
        features: see `parse_metric`; or the name of a network of `features.networks`.
        reference: see `parse_metric`.

    Raises:
        UserError: there is none, one is not the name of a metric, or its network lacks the output
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


def _network(name: str, kind: MetricKind, end: str | None, features):
    """Find the feature network of a metric."""
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
