"""The summary of a generator: scores that fit the size of the data, and a search for copies."""

import dataclasses

import numpy as np

from ada_tf.metrics import report
from ada_tf.metrics.copies import DRAWN, TESTED, copies_report
from ada_tf.metrics.copies.copies import Copies
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.defaults import choose_for
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.gap import gaps
from ada_tf.metrics.images.remembered import Remembered
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.names import parse_metrics
from ada_tf.metrics.summary.verdict import verdict
from ada_tf.metrics.words import describe, describe_gap

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
            "copies": copies_report.to_json(self.copies, *self.names),
        }

    @property
    def gaps(self) -> dict[str, Estimate]:
        """Held-out minus training scores."""
        return gaps(self.scores)

    def describe(self) -> str:
        """As lines of text, what it says first."""
        lines = [*self.sentences, "", self.why]
        lines += [describe(score) for score in self.scores]
        lines += [describe_gap(name, gap) for name, gap in self.gaps.items()]
        return "\n".join([*lines, copies_report.describe(self.copies)])


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
