"""Table and figure of the runs of `experiments.turn.digits`, from their results alone."""

import collections
import json
import pathlib

import matplotlib.figure
import numpy as np

from experiments.tables import markdown


def rounded(value):
    """Round floats to four places, whatever holds them."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def read(path: pathlib.Path) -> list[dict]:
    """The runs of a file; none where there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _by_setting(runs) -> dict[str, list[dict]]:
    found = collections.defaultdict(list)
    for run in runs:
        found[run["run"]].append(run)
    return found


def _curve(runs, key) -> np.ndarray:
    """[seeds, lines]; NaN where a measure has no value."""
    return np.array([[line[key] for line in run["lines"]] for run in runs], float)


def table(runs) -> str:
    """A row a setting: means over seeds with their standard errors.

    The turn is KID of the last quarter over the best before it; above 1 quality has turned round.
    """

    def pair(values, digits=0):
        error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
        return f"{np.mean(values):.{digits}f} ± {error:.{digits}f}"

    rows = []
    for name, members in _by_setting(runs).items():
        kid, new = _curve(members, "kid"), _curve(members, "kid_new")
        quarter = kid.shape[1] // 4
        late = {
            key: _curve(members, key)[:, -quarter:].mean(axis=1)
            for key in ("kid", "p", "rt", "rv", "copies", "recall", "coverage")
        }
        rows.append(
            [
                name, str(len(members)), pair(kid.min(axis=1)),
                pair([run["lines"][i]["kimg"] for run, i in zip(members, kid.argmin(1), strict=True)]),
                pair(late["kid"]), pair(late["kid"] / kid.min(axis=1), 2),
                pair(np.nanmean(new[:, -quarter:], axis=1)), pair(100 * late["copies"]),
                pair(late["p"], 2), pair(late["rt"], 2), pair(late["rv"], 2),
                pair(late["recall"], 2), pair(late["coverage"], 2),
            ]
        )  # fmt: skip
    return markdown(
        [
            "run", "seeds", "best KID", "at kimg", "KID of the last quarter", "turn: last / best",
            "KID of what is no copy", "copies, %", "p", "r_t", "r_v", "recall", "coverage",
        ],
        rows,
    )  # fmt: skip


COLOURS = {
    "none": "black", "rt0.6": "#d1495b", "rt0.4": "#edae49", "rt0.2": "#66a182", "rv0.5": "#2e86ab"
}  # fmt: skip


def figure(runs) -> matplotlib.figure.Figure:
    """KID, p and r_v over images: a row a gamma, a line a seed."""
    gammas = ("gamma0.1", "gamma0.01")
    found = matplotlib.figure.Figure((12, 6), layout="constrained")
    axes = found.subplots(2, 4, squeeze=False)
    for gamma, row in zip(gammas, axes, strict=True):
        for rule, colour in COLOURS.items():
            members = _by_setting(runs).get(f"{gamma}-{rule}", [])
            for axis, key in zip(row, ("kid", "p", "rv", "copies"), strict=True):
                for index, run in enumerate(members):
                    kimg = [line["kimg"] for line in run["lines"]]
                    axis.plot(
                        kimg, [line[key] for line in run["lines"]], color=colour, lw=1,
                        label=None if index else rule,
                    )  # fmt: skip
        row[0].set(title=f"KID x 1000, {gamma}", yscale="log")
        for axis, name in zip(row[1:], ("p", "r_v", "share of copies"), strict=True):
            axis.set_title(name)
        row[0].legend(fontsize=7)
    for axis in axes[-1]:
        axis.set_xlabel("thousands of images")
    return found
