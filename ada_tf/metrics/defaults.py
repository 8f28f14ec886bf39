"""Which metrics are scored where nobody has chosen any: by how many real images there are."""

import dataclasses
from collections.abc import Callable

from ada_tf.metrics.features import networks
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.measures.kernel import ALL_PAIRS

# Of those that are here the first is taken: what papers use, then what needs no large download.
PREFERRED = ("inception", "lite0", "mobilenet")
# Real images up to which so many generated ones are enough: the error of KID is that of the smaller
# side, and more cost time alone.
GENERATED = {2_000: "1k", 10_000: "5k"}
MOST = "10k"  # ALL_PAIRS, up to which KID looks at all pairs


@dataclasses.dataclass(frozen=True)
class Choice:
    """Metrics, and why these.

    Attributes:
        deciding: names of KID, which tells the better of two generators; the first of them against
            held-out images where there are any.
        others: names of what tells how they differ.
        why: in one sentence, for people.
    """

    deciding: tuple[str, ...]
    others: tuple[str, ...]
    why: str


def choose(
    real: int, held_out: int, here: Callable[[str], bool], generated: int | None = None
) -> Choice | None:
    """The metrics for so many real images.

    Args:
        real: images there are, held-out ones included.
        held_out: of them not trained on.
        here: whether the weights of a network, of `networks.NETWORKS`, are on this machine.
        generated: images there are, if they are finished; all of them are taken, up to 10,000.

    Returns:
        None if there is no network to look at images.
    """
    name = next((name for name in PREFERRED if here(name)), None)
    if name is None:
        return None
    network = networks.NETWORKS[name]
    count = next((count for most, count in GENERATED.items() if real <= most), MOST)
    if generated is not None:
        count = MOST if generated >= ALL_PAIRS else str(generated)
    references = ("_held", "_train") if held_out else ("_full",)
    named = lambda kind, reference: (  # noqa: E731
        f"{kind}{count}{reference}{'' if KINDS[kind].network == name else network.end}"
    )
    against = f"the {held_out} held-out ones and those trained on" if held_out else "all of them"
    return Choice(
        tuple(named("kid", reference) for reference in references),
        tuple(named(kind, references[-1]) for kind in ("pr", "dc")),
        f"{real:,} real images: {in_full(count)} generated ones beside {against}, seen by"
        f" {network.title}, by"
        " KID, whose expectation is right for few images, where FID's is not",
    )


def in_full(count: str) -> str:
    """The count in the name of a metric, for people: 5k is 5,000."""
    return f"{int(count.removesuffix('k')) * (1000 if count.endswith('k') else 1):,}"
