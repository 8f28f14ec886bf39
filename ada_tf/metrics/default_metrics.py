"""Default metrics, chosen by the number of real images."""

import dataclasses
from collections.abc import Callable

from ada_tf.metrics.features import networks
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.measures.kernel import ALL_PAIRS
from ada_tf.metrics.metric_names import parse_metric

# The first whose weights are here is taken: the network of papers, then those of small downloads.
PREFERRED = ("inception", "lite0", "mobilenet")
# Real images up to this number -> generated images that are enough: the error of KID is that of the
# smaller side, and more images cost time alone.
GENERATED = {2_000: "1k", 10_000: "5k"}
_MOST = "10k"  # ALL_PAIRS, up to which KID looks at all pairs


@dataclasses.dataclass(frozen=True)
class Choice:
    """Metrics, and why these.

    Attributes:
        deciding: names of KID, which tells the better of two generators; the first of them against
            held-out images if there are any.
        others: names of metrics that show how generators differ.
        why: the reason in one sentence.
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
    count = next((count for most, count in GENERATED.items() if real <= most), _MOST)
    if generated is not None:
        count = _MOST if generated >= ALL_PAIRS else str(generated)
    references = ("_held", "_train") if held_out else ("_full",)
    named = lambda kind, reference: (  # noqa: E731
        f"{kind}{count}{reference}{'' if KINDS[kind].network == name else network.end}"
    )
    against = (
        f"the {held_out} held-out ones and those trained on" if held_out else "the whole data set"
    )
    deciding = tuple(named("kid", reference) for reference in references)
    return Choice(
        deciding,
        tuple(named(kind, references[-1]) for kind in ("pr", "dc")),
        f"{real:,} real images: {parse_metric(deciding[0]).fakes:,} generated ones beside {against}, seen by"
        f" {network.title}, by"
        " KID, whose expectation is right for few images, where FID's is not",
    )


def choose_for(dataset, here: Callable[[str], bool], generated: int | None = None) -> Choice | None:
    """`choose` by the training images, an ImageDataset with the held-out ones."""
    held_out = 0 if dataset.validation is None else dataset.validation.num_originals
    return choose(dataset.num_originals + held_out, held_out, here, generated)
