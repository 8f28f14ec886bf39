"""Evaluation of opened images: scores, copies, the summary, and their files."""

import dataclasses
import json

from ada_tf.errors import UserError
from ada_tf.files import printable, write_text, writing
from ada_tf.images import save_grid
from ada_tf.marking import COMPOSITE, Mark
from ada_tf.metrics import default_metrics, evaluate, report, snapshot_scores
from ada_tf.metrics.copies import copies
from ada_tf.metrics.copies.copy_search import look_for_copies
from ada_tf.metrics.evaluator import Evaluator
from ada_tf.metrics.features import declaration, feature_network
from ada_tf.metrics.images.images import remembered
from ada_tf.metrics.report import gaps
from ada_tf.metrics.summary import summarise
from ada_tf.metrics.summary_page import page

_NEAREST, _SUMMARY = "nearest", "summary"  # .png and .json; .html and .json


class Evaluation:
    """Evaluates a subject, says what it finds, and keeps it.

    Args:
        subject: of `evaluate.open_subject`.
        outdir: folder of the files, or None for none.
        weights: key of `published.WEIGHT_FILES` -> file, or None.
        features: see `metric_names.parse_metric`.
        options: cache_dir and download, of `feature_network.load_network`.
        seed: of whatever a metric draws.
        say: prints lines.

    Attributes:
        json: what was found, as JSON values.
    """

    def __init__(self, subject, outdir, *, weights, features, options, seed, say):
        self._subject, self._outdir, self._weights = subject, outdir, weights
        self._features, self._options, self._seed, self._say = features, options, seed, say
        self._fakes, self._failed = remembered(subject.fakes), None
        self.json = {"subject": subject.name}

    def score(self, metrics, reference, snapshots: bool, per_class: bool) -> None:
        """Score by named metrics; every snapshot if that is asked for."""
        points = []

        def found(state, scores):
            if snapshots:
                self._say(state)
            self._scored(state, scores)
            points.append((state, scores))

        # Every snapshot makes images of its own.
        fakes = self._subject.fakes if snapshots else self._fakes
        evaluate.evaluate(
            dataclasses.replace(self._subject, fakes=fakes), metrics=metrics, features=self._features, reference=reference,
            snapshots=snapshots, per_class=per_class, seed=self._seed, weights=self._weights,
            on_scores=found, **self._options,
        )  # fmt: skip
        if snapshots:
            self._say(snapshot_scores.describe(points))
            snapshot_scores.write_events(points, self._outdir)
            self._write("scores.csv", lambda path: snapshot_scores.write_table(points, path))
            try:
                snapshot_scores.draw(points, self._outdir / "scores.png")
            except UserError as error:  # the numbers are there
                self._say(str(error))

    def look_for_copies(self, tested: int, drawn: int):
        """Look for copies among generated images; the `Copies`."""
        held_out = self._subject.training_images().validation
        sets, network = self._subject.sets, self._network()
        found, image, columns = look_for_copies(
            self._fakes,
            sets("training"),
            None if held_out is None else sets("held_out"),
            network,
            tested,
            drawn,
        )
        self._say(copies.describe_copies(found))
        self._keep_copies(found, image, columns)
        return found

    def summarise(self, tested: int, drawn: int):
        """Make the summary; the `Copies` in it."""
        summary = summarise(
            self._subject, self._evaluator, self._is_here, tested=tested, drawn=drawn,
            seed=self._seed,
        )  # fmt: skip
        self._say(summary.describe())
        self.json |= summary.to_json(self._subject.run_dir)
        for line in self.json["scores"]:
            self._append(line)
        sheet = summary.sheets[-1]
        self._keep_copies(summary.copies, sheet.images, sheet.columns)
        self._write(f"{_SUMMARY}.html", lambda path: write_text(path, page(summary)))
        self._write(f"{_SUMMARY}.json", lambda path: write_text(path, _text(self.json)))
        if self._outdir is None:
            self._say("Nothing is kept; --outdir=FOLDER keeps the numbers, and a page of them.")
        else:
            self._say(f"Wrote {printable(self._outdir / _SUMMARY)}.html")
        return summary.copies

    def end(self) -> None:
        """Say what could not be written, after all was shown.

        Raises:
            UserError: a file could not be written.
        """
        if self._failed:
            raise self._failed

    def _scored(self, state, scores) -> None:
        """Scores of one state: shown, and kept."""
        for score in scores:
            line = report.record(score, state, self._subject.run_dir)
            self._append(line)
            self.json.setdefault("scores", []).append(line)
            self._say(report.describe_score(score), f"  {score.protocol}")
            for classes in score.classes:
                self._say(f"  {report.describe_class(classes)}")
        for name, gap in gaps(scores).items():
            self._say(report.describe_gap(name, gap))
            self.json.setdefault("gaps", {})[name] = dataclasses.asdict(gap)

    def _keep_copies(self, found, image, columns: int) -> None:
        names = self._fakes.names(), self._subject.sets("training").names()
        self.json["copies"] = copies.copies_to_json(found, *names)
        if self._outdir is None:
            return
        self._write(
            f"{_NEAREST}.png", lambda path: save_grid(image, path, columns, Mark(source=COMPOSITE))
        )
        text = _text(self.json["copies"])
        self._write(f"{_NEAREST}.json", lambda path: write_text(path, text))
        self._say(f"Wrote {printable(self._outdir / _NEAREST)}.png and .json")

    def _evaluator(self, metrics, subject) -> Evaluator:
        return Evaluator(
            metrics, self._load, reals=subject.sets, cache_dir=self._options["cache_dir"]
        )

    def _network(self):
        """The network that looks for copies beside small pixels: the chosen one, or one that is here."""
        if self._features is not None:
            return self._load(getattr(self._features, "name", self._features))
        name = next(filter(self._is_here, default_metrics.PREFERRED), None)
        return None if name is None else self._load(name)

    def _load(self, name):
        return feature_network.load_network(
            declaration.meant(name, self._features), paths=self._weights, **self._options
        )

    def _is_here(self, name: str) -> bool:
        return feature_network.is_here(name, self._weights, self._options["cache_dir"])

    def _append(self, line: dict) -> None:
        if self._outdir is not None:
            self._trying(lambda: report.append(self._outdir, line))

    def _write(self, name: str, write) -> None:
        """Write a file of the folder of results, by a function of its path."""
        if self._outdir is not None:
            self._trying(lambda: write(self._outdir / name))

    def _trying(self, write) -> None:
        """After all that work the numbers are shown at least."""
        try:
            with writing(self._outdir):
                write()
        except UserError as error:
            self._failed = error


def _text(values) -> str:
    return json.dumps(values, indent=2) + "\n"
