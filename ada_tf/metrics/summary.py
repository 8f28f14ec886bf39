"""The summary of a generator: scores that fit the size of the data, a search for copies, and a verdict in words."""

import dataclasses
import math

import numpy as np

from ada_tf.metrics import report
from ada_tf.metrics.copies import DRAWN, TESTED
from ada_tf.metrics.copies.copies import Copies, copies_to_json, describe_copies
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.defaults import choose_for
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.images.remembered import Remembered
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.report import describe_gap, describe_score, gaps, in_words

SIGMAS = 2.0  # standard errors that a difference must have to be called one
FEW_REACHED = 0.8  # of the coverage that real images would have; below, variety is missing


def verdict(scores: list[Score], copies: Copies | None) -> list[str]:
    """Sentences, the most important first.

    Args:
        scores: of an evaluation; those that a sentence is about may be missing.
        copies: what was found of them, or None.
    """
    found = [_of_copies(copies), *_of_gaps(scores), *_of_distance(scores), *_of_variety(scores)]
    if copies is not None:
        found += _of_modes(copies)
    return [sentence for sentence in found if sentence]


def _of_copies(copies: Copies | None) -> str:
    if copies is None:
        return ""
    what = (
        f"{copies.count:,} of {copies.tested:,} generated images look like copies of training"
        f" images, where chance makes {copies.expected:.2g} (p = {copies.p:.1g})"
    )
    if copies.copying:
        return f"It copies: {what}."
    return f"No sign of copying: {what}."


def _of_gaps(scores) -> list[str]:
    found = []
    for name, gap in gaps(scores).items():
        if is_more(gap, 0):
            found.append(
                f"It is nearer to the images it was trained on than to others of their kind ({name}:"
                f" held-out minus training {in_words(gap)}): it has begun to memorise; an earlier"
                " checkpoint may be the better one."
            )
        else:
            found.append(
                f"It is as near to images it has never seen as to those it was trained on ({name}:"
                f" held-out minus training {in_words(gap)})."
            )
    return found


def _of_distance(scores) -> list[str]:
    for score in scores:
        if score.metric.keys[0].startswith("kid"):
            value, count = score.estimate, f"{score.metric.fakes:,} generated images"
            if is_more(value, 0):
                return [
                    f"{count} can be told from real ones ({score.metric.name} {in_words(value)})."
                ]
            return [
                f"{count} cannot be told from real ones by {score.metric.name}"
                f" ({in_words(value)}): only more images, or eyes, can."
            ]
    return []


def _of_variety(scores) -> list[str]:
    for score in scores:
        key = next((name for name in score.results if name.endswith("_coverage")), None)
        if key is None:
            continue
        (real,) = score.details["real"].values()
        usual = expected_coverage(real, score.metric.fakes, score.metric.neighbours)
        found = Estimate(score.results[key], score.errors.get(key))
        end = "." if found.value >= FEW_REACHED * usual else ": variety is missing."
        return [
            f"Generated images are beside {found.value:.0%} of the real ones, where as many real"
            f" ones would be beside {usual:.0%}{end}"
        ]
    return []


def _of_modes(copies: Copies) -> list[str]:
    if copies.largest_equal > 1:
        return [
            f"{copies.largest_equal:,} of {copies.tested:,} generated images are the same image."
        ]
    if copies.distinct < 0.9 * copies.tested:
        return [
            f"Of {copies.tested:,} generated images {copies.distinct:,} differ by more than copies"
            " do: it repeats itself."
        ]
    return []


def is_more(estimate: Estimate, than: float) -> bool:
    """Whether a number is above another beyond its error."""
    return estimate.value - than > SIGMAS * (estimate.error or 0)


def expected_coverage(real: int, fake: int, neighbours: int) -> float:
    """Coverage of two samples of one distribution (arXiv 2002.09797, lemma 2).

    A ball reaches to the k-th of real - 1 others. It holds no fake if, of all others and all fakes in
    their order of distance, the first k are others.
    """
    k = min(neighbours, real - 1)
    return 1 - math.prod((real - 1 - i) / (real - 1 + fake - i) for i in range(k))


# The summary of a generator: scores that fit the size of the data, and a search for copies.

SAMPLE = 48  # images shown of either side
NEAREST = "Generated images, the most suspicious first, and the training images nearest to each"
NO_NETWORK = (
    "No network that looks at images is here, so that nothing but copies was looked for;"
    " pip install 'ada_tf[features]' brings a small one."
)


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Images in rows.

    Attributes:
        images: uint8 [N, H, W, C].
        columns: of them in a row.
        title: what they are.
    """

    images: np.ndarray
    columns: int
    title: str


@dataclasses.dataclass(frozen=True)
class Summary:
    """What was found.

    Attributes:
        subject: what was scored.
        why: why by these metrics.
        scores: of them.
        copies: found among the generated images.
        sentences: what all of it says.
        sheets: images to look at.
        names: (of the generated images or None, of the training images), for files.
    """

    subject: str
    why: str
    scores: list[Score]
    copies: Copies
    sentences: list[str]
    sheets: list[Sheet]
    names: tuple

    def to_json(self, run_dir=None) -> dict:
        """As JSON values: verdict, scores (lines of `report.record`), gaps, copies."""
        return {
            "subject": self.subject,
            "verdict": self.sentences,
            "why": self.why,
            "scores": [report.record(score, self.subject, run_dir) for score in self.scores],
            "gaps": {name: dataclasses.asdict(gap) for name, gap in self.gaps.items()},
            "copies": copies_to_json(self.copies, *self.names),
        }

    @property
    def gaps(self) -> dict[str, Estimate]:
        """Held-out minus training scores."""
        return gaps(self.scores)

    def describe(self) -> str:
        """As lines of text, what it says first."""
        lines = [*self.sentences, "", self.why]
        lines += [describe_score(score) for score in self.scores]
        lines += [describe_gap(name, gap) for name, gap in self.gaps.items()]
        return "\n".join([*lines, describe_copies(self.copies)])


def summarise(subject, make_evaluator, is_here, *, tested=TESTED, drawn=DRAWN, seed=0) -> Summary:
    """Score, and look for copies; images are made once.

    Args:
        subject: of `subject.open_subject`.
        make_evaluator: (metrics, subject) -> Evaluator.
        is_here: name of a feature network -> whether its weights are on this machine.
        tested: generated images that are searched for copies.
        drawn: of them shown beside their nearest training images.
        seed: of whatever a metric draws.

    Raises:
        UserError: there are no real images, or too few images.
    """
    training, fakes = subject.training_images(), Remembered(subject.fakes)
    held_out = training.validation is not None
    choice = choose_for(training, is_here, fakes.count)
    scores, network, features = [], None, None
    if choice is not None:
        metrics = parse_metrics([*choice.deciding, *choice.others])
        evaluator = make_evaluator(metrics, subject)
        scores = evaluator(fakes, subject.generator, seed)
        network = evaluator.networks[metrics[0].network]
        # Of a run on a part of its data `all` are more than the images trained on.
        if held_out or subject.reals.training is subject.reals.whole:
            features = evaluator.real_features(network.name, "training" if held_out else "all")
    search = CopySearch(
        subject.sets("training"),
        subject.sets("held_out") if held_out else None,
        network,
        features,
    )
    copies, nearest, columns = search(fakes, tested, drawn)
    return Summary(
        subject.name,
        NO_NETWORK if choice is None else f"{choice.why}.",
        scores,
        copies,
        verdict(scores, copies),
        _sheets(fakes, subject.sets("training"), Sheet(nearest, columns, NEAREST)),
        (fakes.names, subject.sets("training").names),
    )


def _sheets(fakes, training, nearest: Sheet) -> list[Sheet]:
    sheets = []
    for images, title in ((fakes, "Generated images"), (training, "Training images")):
        count = SAMPLE if images.count is None else min(SAMPLE, images.count)
        shown = np.concatenate([*images.batches(count)])
        sheets.append(Sheet(shown, 8, f"{title}, the first {count}"))
    return [*sheets, nearest]
