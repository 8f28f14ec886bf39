"""`summarise`: scores that fit the size of the data, a search for copies, and a verdict in words."""

import dataclasses

import numpy as np

from ada_tf.metrics import report
from ada_tf.metrics.copies import DRAWN, TESTED
from ada_tf.metrics.copies.copies import (
    Copies,
    copies_to_json,
    copies_verdict,
    describe_copies,
)
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.default_metrics import choose_for
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.images.images import remembered
from ada_tf.metrics.measures.estimate import Estimate, in_words, is_more
from ada_tf.metrics.measures.precision_recall import expected_coverage
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.report import describe_gap, describe_score, gaps

_SAMPLE = 48  # images shown of either side
_NEAREST = "Generated images, the most suspicious first, and the training images nearest to each"
NO_NETWORK = (
    "No feature network is here, so that only copies were searched for; pip install"
    " 'ada_tf[features]' brings a small one."
)
_FEW_REACHED = 0.8  # of the coverage that real images would have; below, variety is missing


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Images in rows.

    Attributes:
        images: uint8 [N, H, W, C].
        columns: images in a row.
        title: shown above.
    """

    images: np.ndarray
    columns: int
    title: str


@dataclasses.dataclass(frozen=True)
class Summary:
    """Scores, copies and a verdict.

    Attributes:
        subject: name of the generator or folder.
        why: reason for the choice of metrics.
        scores: of these metrics.
        copies: found among the generated images.
        sentences: the verdict.
        sheets: images for the page.
        names: (names of the generated images or None, names of the training images).
    """

    subject: str
    why: str
    scores: list[Score]
    copies: Copies
    sentences: list[str]
    sheets: list[Sheet]
    names: tuple

    def to_json(self, run_dir=None) -> dict:
        """JSON values: verdict, scores (lines of `report.record`), gaps, copies."""
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
        """Lines of text, the verdict first."""
        lines = [*self.sentences, "", self.why]
        lines += [describe_score(score) for score in self.scores]
        lines += [describe_gap(name, gap) for name, gap in self.gaps.items()]
        return "\n".join([*lines, describe_copies(self.copies)])


def summarise(subject, make_evaluator, is_here, *, tested=TESTED, drawn=DRAWN, seed=0) -> Summary:
    """Score, and search for copies; images are made once.

    Args:
        subject: of `evaluate.open_subject`.
        make_evaluator: (metrics, subject) -> Evaluator.
        is_here: name of a feature network -> whether its weights are on this machine.
        tested: generated images that are searched for copies.
        drawn: number of them that are shown beside their nearest training images.
        seed: of subsets that a metric draws.

    Raises:
        UserError: there are no real images, or too few images.
    """
    training, fakes = subject.training_images(), remembered(subject.fakes)
    held_out = training.validation is not None
    choice = choose_for(training, is_here, fakes.count)
    scores, network, features = [], None, None
    if choice is not None:
        metrics = parse_metrics([*choice.deciding, *choice.others])
        evaluator = make_evaluator(metrics, subject)
        scores = evaluator(fakes, subject.generator, seed)
        network = evaluator.networks[metrics[0].network]
        # If a run trained on a part of its data, "all" holds more than the training images.
        if held_out or subject.reals.training is subject.reals.whole:
            features = evaluator.real_features(network.name, "training" if held_out else "all")
    # Features that the evaluator has of the training images are not computed again.
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
        _sheets(fakes, subject.sets("training"), Sheet(nearest, columns, _NEAREST)),
        (fakes.names(), subject.sets("training").names()),
    )


def _sheets(fakes, training, nearest: Sheet) -> list[Sheet]:
    sheets = []
    for images, title in ((fakes, "Generated images"), (training, "Training images")):
        count = _SAMPLE if images.count is None else min(_SAMPLE, images.count)
        shown = np.concatenate([*images.batches(count)])
        sheets.append(Sheet(shown, 8, f"{title}, the first {count}"))
    return [*sheets, nearest]


def verdict(scores: list[Score], copies: Copies | None) -> list[str]:
    """Say what scores and copies mean, the most important sentence first.

    Args:
        scores: of an evaluation; a sentence is left out if its score is missing.
        copies: result of a search, or None.
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
    words = copies_verdict(copies)
    return f"{words[0].upper()}{words[1:]}: {what}."


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
        end = "." if found.value >= _FEW_REACHED * usual else ": variety is missing."
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
