"""Tables and curves of runs, from the lines that `experiments.states` measured."""

import collections

import numpy as np

from ada_tf.augment import control
from experiments import states

KINDS = ("training", "held_out", "generated")
HEAD = (
    "best KID at kimg", "last KID", "KID to training pictures", "precision", "recall", "copies",
    "r_v", "p", "minutes",
)  # fmt: skip


def of_runs(results) -> dict[str, list[dict]]:
    """Run -> its lines in the order of their images; runs by their names."""
    found = collections.defaultdict(list)
    for line in sorted(results, key=lambda line: line["images"]):
        found[line["run"]].append(line)
    return dict(sorted(found.items()))


def table(names, runs: dict) -> str:
    """A row a run.

    Args:
        names: heads of the columns that say which run it is.
        runs: values of these columns -> lines of the run.
    """
    return markdown([*names, *HEAD], ([*key, *cells(lines)] for key, lines in runs.items()))


def markdown(head, rows) -> str:
    """A table of texts: the heads of its columns, and its rows."""
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def cells(lines) -> list[str]:
    """Of a run, what `HEAD` names; KID is multiplied by 1,000."""
    best, last = min(lines, key=lambda line: line["kid"][0]), lines[-1]
    return [
        f"{_pair(best['kid'])} at {best['images'] / 1000:g}",
        _pair(last["kid"]),
        _pair(last["kid_training"]),
        f"{last['precision'][0]:.2f}",
        f"{last['recall'][0]:.2f}",
        f"{copied(last):.0%}",
        f"{rv(last):.2f}",
        f"{last['p']:.2f}",
        f"{last['minutes']:.0f}",
    ]


def copied(line: dict) -> float:
    """Share of copies beyond those that chance makes."""
    count, expected, _ = line["copies"]
    return max(count - expected, 0) / states.FAKES


def rv(line: dict) -> float:
    """Where D puts held-out pictures, from 0 with training pictures to 1 with generated ones.

    The paper's measure of overfitting (arXiv:2006.06676, equation 1).
    """
    return control.rv(*(line["d"][kind]["mean"] for kind in KINDS))


def draw_kid(axes, lines, **style) -> None:
    """KID x 1000 over kimg, with its error."""
    kimg = [line["images"] / 1000 for line in lines]
    kid, error = 1000 * np.array([line["kid"] for line in lines]).T
    (curve,) = axes.plot(kimg, kid, ".-", **style)
    axes.fill_between(kimg, kid - error, kid + error, color=curve.get_color(), alpha=0.2, lw=0)


def _pair(value) -> str:
    return f"{1000 * value[0]:.0f} ± {1000 * value[1]:.0f}"
