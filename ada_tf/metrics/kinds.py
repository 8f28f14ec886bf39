"""Kinds of metrics, one row each. A new one is a row and a pure function of features."""

import dataclasses
from collections.abc import Callable

from ada_tf.metrics.features.networks import FEATURES, LPIPS, PROBABILITIES
from ada_tf.metrics.measures import memorisation, precision_recall
from ada_tf.metrics.measures.frechet import frechet_estimate
from ada_tf.metrics.measures.inception_score import inception_score_estimate
from ada_tf.metrics.measures.kernel import kernel_estimate


@dataclasses.dataclass(frozen=True)
class Kind:
    """What all metrics of a kind have in common.

    Attributes:
        function: (what is kept of the reals, the same of the fakes) -> an `Estimate`, or
            a tuple of them, one for each result; without reals, (of the fakes) alone; None of paths.
        network: who looks at the images where a name has no end: the one of the papers, whose
            numbers may be compared with theirs. Others of `features.networks` do as well, by their
            end, if they have the output.
        results: ends of the names of the results.
        output: of the network, which is looked at.
        moments: the function takes `Moments` as well, for very many images; otherwise all features,
            float32 [N, D].
        reals: images of the data set at most in the *_full form, None for all of them; 0 for a
            function without reals.
        neighbours: default of the argument of this name, which the name of a metric may change;
            None without such an argument.
        seeded: the function draws, and has an argument `seed`.
        higher_is_better: by the first result.
        decides: whether the first result alone tells the better of two generators.
        beside: reference sets, of `names.REFERENCES`, that the function takes before the fakes,
            whatever the name of a metric says; () takes the one of the name.
        of_paths: what is measured are paths between latents, not finished images, by
            `path_length.mean_path_length`, which needs TensorFlow as no name of a metric does.
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


MANY = 200_000  # reals at most where the work grows with their square

KINDS = {
    "fid": Kind(frechet_estimate, "inception", moments=True),
    "kid": Kind(kernel_estimate, "inception", reals=1_000_000, seeded=True),
    "pr": Kind(
        precision_recall.precision_recall_estimate,
        "vgg16",
        results=("_precision", "_recall"),
        reals=MANY,
        neighbours=precision_recall.PR_NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
    "dc": Kind(
        precision_recall.density_coverage_estimate,
        "vgg16",
        results=("_density", "_coverage"),
        reals=MANY,
        neighbours=precision_recall.DC_NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
    "prdc": Kind(
        precision_recall.neighbourhood_estimates,
        "vgg16",
        results=("_precision", "_recall", "_density", "_coverage"),
        reals=MANY,
        neighbours=precision_recall.PRDC_NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
    "auth": Kind(
        memorisation.authenticity_estimates,
        "inception",
        results=("_generated", "_held_out"),
        reals=MANY,
        higher_is_better=True,
        decides=False,
        beside=("training", "held_out"),
    ),
    "ct": Kind(
        memorisation.data_copying_estimate,
        "inception",
        reals=MANY,
        higher_is_better=True,
        decides=False,
        beside=("training", "held_out"),
    ),
    "is": Kind(
        inception_score_estimate,
        "inception",
        results=("_mean", "_std"),
        output=PROBABILITIES,
        reals=0,
        higher_is_better=True,
    ),
    "ppl": Kind(None, LPIPS, reals=0, of_paths=True),
}
