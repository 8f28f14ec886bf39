"""Kinds of metrics, one row each. A new one is a row and a pure function of features."""

import dataclasses
from collections.abc import Callable

from ada_tf.metrics import density_coverage, neighbourhoods, precision_recall
from ada_tf.metrics.frechet import frechet_estimate
from ada_tf.metrics.inception_score import inception_score_estimate
from ada_tf.metrics.kernel import kernel_estimate
from ada_tf.metrics.path_length import mean_path_length


@dataclasses.dataclass(frozen=True)
class Kind:
    """What all metrics of a kind have in common.

    Attributes:
        function: (what is kept of the reals, the same of the fakes) -> an `Estimate`, or
            a tuple of them, one for each result; without reals, (of the fakes) alone; of paths, see
            `of_paths`.
        networks: end of the name -> who looks at the images, of `features.registry`. Only what
            has no end may be compared with papers.
        results: ends of the names of the results.
        output: of the network, which is looked at.
        moments: the function takes `Moments`; otherwise all features, float32 [N, D].
        reals: images of the data set at most in the *_full form, None for all of them; 0 for a
            function without reals.
        neighbours: default of the argument of this name, which the name of a metric may change;
            None without such an argument.
        seeded: the function draws, and has an argument `seed`.
        higher_is_better: by the first result.
        decides: whether the first result alone tells the better of two generators.
        of_paths: what is measured are paths between latents, not finished images: the arguments
            are those of `path_length.mean_path_length`.
    """

    function: Callable
    networks: dict[str, str]
    results: tuple[str, ...] = ("",)
    output: str = "features"
    moments: bool = False
    reals: int | None = None
    neighbours: int | None = None
    seeded: bool = False
    higher_is_better: bool = False
    decides: bool = True
    of_paths: bool = False


OFFLINE = "_mnv2"  # the end that stands for the offline network
INCEPTION = {"": "inception", OFFLINE: "mobilenet"}
VGG16 = {"": "vgg16", OFFLINE: "mobilenet"}
MANY = 200_000  # reals at most where the work grows with their square

KINDS = {
    "fid": Kind(frechet_estimate, INCEPTION, moments=True),
    "kid": Kind(kernel_estimate, INCEPTION, reals=1_000_000, seeded=True),
    "pr": Kind(
        neighbourhoods.precision_recall_estimate,
        VGG16,
        results=("_precision", "_recall"),
        reals=MANY,
        neighbours=precision_recall.NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
    "dc": Kind(
        neighbourhoods.density_coverage_estimate,
        VGG16,
        results=("_density", "_coverage"),
        reals=MANY,
        neighbours=density_coverage.NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
    "prdc": Kind(
        neighbourhoods.neighbourhood_estimates,
        VGG16,
        results=("_precision", "_recall", "_density", "_coverage"),
        reals=MANY,
        neighbours=neighbourhoods.NEIGHBOURS,
        higher_is_better=True,
        decides=False,
    ),
    "is": Kind(
        inception_score_estimate,
        {"": "inception"},
        results=("_mean", "_std"),
        output="probabilities",
        reals=0,
        higher_is_better=True,
    ),
    "ppl": Kind(mean_path_length, {"": "lpips"}, reals=0, of_paths=True),
}
