"""Kinds of metrics, a row each; a new one is a row and a pure function of features.

ada_tf.add_metric("mmd", MetricKind(my_distance, "inception"))  # then mmd5k_full, mmd1k_held_lite0, ...
"""

import dataclasses
from collections.abc import Callable

from ada_tf.metrics.features.networks import FEATURES, LPIPS, PROBABILITIES
from ada_tf.metrics.measures import memorisation, precision_recall
from ada_tf.metrics.measures.frechet import frechet_estimate
from ada_tf.metrics.measures.inception_score import inception_score_estimate
from ada_tf.metrics.measures.kernel import kernel_estimate
from ada_tf.registry import Registry


@dataclasses.dataclass(frozen=True)
class MetricKind:
    """Row of a kind of metrics.

    Attributes:
        function: (features of the reals, features of the fakes) -> an `Estimate`, or a tuple of them,
            one for each result. Without reals it takes those of the fakes alone. None of paths.
        network: feature network of metrics whose name has no end: the one of the papers, so that
            numbers may be compared. Other networks are named by their end.
        results: ends of the names of the results.
        output: output of the network that the function takes.
        moments: the function takes `Moments` as well, for very many images; otherwise it takes all
            features, float32 [N, D].
        reals: most images of the data set in the *_full form; None takes all, 0 is for a function
            without reals.
        neighbours: default of the function's argument of this name, which the name of a metric may
            change; None without such an argument.
        seeded: the function draws, and has an argument `seed`.
        higher_is_better: a higher first result is better.
        decides: the first result alone tells the better of two generators.
        beside: reference sets, of `metric_names.REFERENCES`, that the function takes before the
            fakes, whatever the name of a metric says; () takes the one of the name.
        of_paths: measures paths between latents, by `path_length.mean_path_length`.
    """

    function: Callable | None
    network: str
    results: tuple[str, ...] = ("",)
    output: str = FEATURES
    moments: bool = False
    reals: int | None = None
    neighbours: int | None = None
    seeded: bool = False
    higher_is_better: bool = False
    decides: bool = True
    beside: tuple[str, ...] = ()
    of_paths: bool = False


_MANY = 200_000  # reals at most if the work grows with their square

KINDS = Registry("metric", r"[a-z]{1,20}")


def add_metric(name: str, kind: MetricKind) -> MetricKind:
    """Add a kind of metrics, which names, programs, callbacks and caches then know.

    Args:
        name: small letters, since a count follows them: "mmd" makes mmd5k_full.
        kind: its row.

    Raises:
        UserError: the name is taken or malformed.
    """
    return KINDS.add(name, kind)


add_metric("fid", MetricKind(frechet_estimate, "inception", moments=True))
add_metric("kid", MetricKind(kernel_estimate, "inception", reals=1_000_000, seeded=True))
add_metric(
    "pr",
    MetricKind(
        precision_recall.precision_recall_estimate,
        "vgg16",
        results=("_precision", "_recall"),
        reals=_MANY,
        neighbours=precision_recall.PR_NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
)
add_metric(
    "dc",
    MetricKind(
        precision_recall.density_coverage_estimate,
        "vgg16",
        results=("_density", "_coverage"),
        reals=_MANY,
        neighbours=precision_recall.DC_NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
)
add_metric(
    "prdc",
    MetricKind(
        precision_recall.neighbourhood_estimates,
        "vgg16",
        results=("_precision", "_recall", "_density", "_coverage"),
        reals=_MANY,
        neighbours=precision_recall.DC_NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
)
add_metric(
    "auth",
    MetricKind(
        memorisation.authenticity_estimates,
        "inception",
        results=("_generated", "_held_out"),
        reals=_MANY,
        higher_is_better=True,
        decides=False,
        beside=("training", "held_out"),
    ),
)
add_metric(
    "ct",
    MetricKind(
        memorisation.data_copying_estimate,
        "inception",
        reals=_MANY,
        higher_is_better=True,
        decides=False,
        beside=("training", "held_out"),
    ),
)
add_metric(
    "is",
    MetricKind(
        inception_score_estimate,
        "inception",
        results=("_mean", "_std"),
        output=PROBABILITIES,
        reals=0,
        higher_is_better=True,
    ),
)
add_metric("ppl", MetricKind(None, LPIPS, reals=0, of_paths=True))
