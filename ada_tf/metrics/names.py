"""Names of metrics: `fid50k_full`, `kid2k_full_mnv2`, `pr50k3`, `is50k`, `ppl2_wend`."""

import dataclasses
import re

from ada_tf.errors import UserError
from ada_tf.metrics.path_length import Path

# Which network gives the features, by the end of the name. Only "" may be compared with papers.
NETWORKS = {"": {"fid": "inception", "kid": "inception", "pr": "vgg16", "is": "inception"}}
NETWORKS["_mnv2"] = {"fid": "mobilenet", "kid": "mobilenet", "pr": "mobilenet"}

LEGACY_REALS = 50_000  # fid50k and its like take the first 50,000 reals, whatever the fakes
MAX_REALS = {"fid": None, "kid": 1_000_000, "pr": 200_000}  # of the *_full forms

_SET = re.compile(r"(fid|kid|pr|is)([1-9]\d*)(k?)(3?)(_full)?(_mnv2)?")
_PATH = re.compile(r"(ppl2?)_([zw])(full|end)(?:_([1-9]\d*)(k?))?")
_EXAMPLES = "fid50k_full, kid5k_full, pr50k3_full, is50k, ppl2_wend or kid2k_full_mnv2"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric, read from its name.

    Attributes:
        name: as the user wrote it.
        kind: "fid", "kid", "pr", "is" or "ppl".
        fakes: generated images (pairs of images for "ppl").
        network: of `features.registry`.
        full: use the whole data set, without mirrored copies.
        max_reals: images of the data set at most, None for all of them; 0 for none at all.
        path: of "ppl".
    """

    name: str
    kind: str
    fakes: int
    network: str
    full: bool = False
    max_reals: int | None = 0
    path: Path | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """What the results are called."""
        endings = {"pr": ("_precision", "_recall"), "is": ("_mean", "_std")}
        return tuple(self.name + ending for ending in endings.get(self.kind, ("",)))

    @property
    def higher_is_better(self) -> bool:
        return self.kind in ("is", "pr")

    @property
    def output(self) -> str:
        """Which output of the network is looked at."""
        return "probabilities" if self.kind == "is" else "features"


def parse_metric(name: str) -> Metric:
    """Read a name.

    `<kind><count>[k]` says how many images are generated: 50k is 50,000, 500 is 500. `_full`
    compares with the whole data set without mirrored copies, otherwise with the first 50,000
    images as they are trained on. Precision and recall end in 3, the neighbours. `_mnv2` uses the
    offline network. Path lengths may end in a count: `ppl2_wend_2k`.

    Raises:
        UserError: it is not a name of a metric.
    """
    if match := _PATH.fullmatch(name):
        version, space, where, count, k = match.groups()
        return Metric(
            name,
            "ppl",
            _count(count, k) if count else 50_000,
            "lpips",
            path=Path(space, ends=where == "end", crop=version == "ppl"),
        )
    match = _SET.fullmatch(name)
    kind, count, k, neighbours, full, suffix = match.groups() if match else [""] * 6
    if kind == "pr" and not neighbours and not k and len(count) > 1 and count.endswith("3"):
        count, neighbours = count[:-1], "3"  # pr5003: 500 images, 3 neighbours
    known = kind in NETWORKS.get(suffix or "", ())
    if not known or (kind == "pr") != bool(neighbours) or (kind == "is" and full):
        raise UserError(f"metrics={name!r} is not a metric; write {_EXAMPLES}, with any count.")
    max_reals = 0 if kind == "is" else MAX_REALS[kind] if full else LEGACY_REALS
    return Metric(name, kind, _count(count, k), NETWORKS[suffix or ""][kind], bool(full), max_reals)


def parse_metrics(names) -> list[Metric]:
    """Read several names, a list or one string with commas; each is kept once."""
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    return [parse_metric(name) for name in dict.fromkeys(names) if name]


def _count(digits: str, k: str) -> int:
    return int(digits) * (1000 if k else 1)
