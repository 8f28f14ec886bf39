"""Findings of a trial of usefulness: the verdict first, then a table, a figure and JSON."""

import dataclasses
import json
import pathlib

from ada_tf.files import write_text, writing
from ada_tf.metrics.figures import new_figure, save_figure
from ada_tf.metrics.usefulness.trial import Trial

NAME = "usefulness"  # .json and .png


@dataclasses.dataclass(frozen=True)
class Usefulness:
    """Usefulness of generated pictures for a task.

    Attributes:
        task: its name.
        measure: score in words.
        learned: names of the classes or attributes.
        chance: score of answers that know nothing.
        counts: numbers of pictures: of "training", "generated" and "held_out".
        size: (W, H) of the pictures as the network has seen them.
        repeats: trainings of each arm.
        seed: of the first.
        trial: the arms.
        run_dir: of the run whose generator was tried; None of other pictures.
    """

    task: str
    measure: str
    learned: tuple[str, ...]
    chance: float
    counts: dict[str, int]
    size: tuple[int, int]
    repeats: int
    seed: int
    trial: Trial
    run_dir: pathlib.Path | None = None

    @property
    def verdict(self) -> str:
        """One of `trial.HELPS`, HURTS and NOT_SEEN."""
        return self.trial.difference.verdict

    def describe(self) -> list[str]:
        """The verdict and a table, in lines."""
        found, real, mixed = self.trial.difference, self.trial.real, self.trial.mixed
        counts = self.counts
        rows = [
            f"  {of.arm.in_words():58s} {of.score:.3f} +- {of.error:.3f}"
            for of in self.trial.outcomes
        ]
        return [
            f"Adding generated pictures {found.verdict}: {self.measure} {real.score:.3f} -> {mixed.score:.3f},"
            f" {found.value:+.3f} +- {found.error:.3f} (95 %: {found.low:+.3f} to {found.high:+.3f}).",
            f"  {real.arm.in_words()}; {mixed.arm.in_words()}: each the best of its kind by a fifth of the"
            " training pictures.",
            f"{self.task}: {self.measure} on {counts['held_out']} held-out pictures, chance {self.chance:.3f};"
            f" {counts['training']} training pictures, {counts['generated']} generated; {self.repeats}"
            f" trainings each, pictures of {self.size[0]}x{self.size[1]}.",
            *rows,
        ]

    def to_json(self) -> dict:
        """The same as JSON values."""
        found = self.trial.difference
        return {
            "task": self.task,
            "verdict": found.verdict,
            "difference": dataclasses.asdict(found),
            "measure": self.measure,
            "chance": self.chance,
            "learned": list(self.learned),
            "pictures": self.counts,
            "size": list(self.size),
            "trainings": self.repeats,
            "seed": self.seed,
            "arms": [
                {
                    **dataclasses.asdict(of.arm),
                    "score": of.score,
                    "error": of.error,
                    "scores": of.worths.mean(axis=1).tolist(),
                    "loss_kept_apart": of.checked,
                    "chosen": self._chose(of),
                }
                for of in self.trial.outcomes
            ],
        }

    def write(self, folder) -> None:
        """Write the numbers into a folder.

        Raises:
            UserError: they cannot be written.
        """
        path = folder / f"{NAME}.json"
        with writing(path):
            write_text(path, json.dumps(self.to_json(), indent=2) + "\n")

    def draw(self, folder) -> None:
        """Draw the arms into a folder.

        Raises:
            UserError: there is no matplotlib, or the figure cannot be written.
        """
        outcomes = self.trial.outcomes[::-1]  # the first is at the top
        figure = new_figure(8, 0.4 * len(outcomes) + 1)
        axes = figure.subplots()
        for row, of in enumerate(outcomes):
            colour = "#d1495b" if of.arm.share else "#2e86ab"
            axes.errorbar(
                of.score, row, xerr=of.error, fmt="o", color=colour, capsize=3,
                markerfacecolor=colour if self._chose(of) else "white",
            )  # fmt: skip
        axes.axvline(self.trial.real.score, color="#2e86ab", linewidth=0.8, linestyle=":")
        axes.set_yticks(range(len(outcomes)), [of.arm.in_words() for of in outcomes])
        axes.set_xlabel(f"{self.measure} on {self.counts['held_out']} held-out pictures")
        figure.suptitle(f"Adding generated pictures {self.verdict}", fontsize=10)
        save_figure(figure, folder / f"{NAME}.png")

    def _chose(self, outcome) -> bool:
        return outcome in (self.trial.real, self.trial.mixed)
