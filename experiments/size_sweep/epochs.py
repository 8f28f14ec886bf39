"""Figure 1 of arXiv 2006.06676 from committed results: r_v over epochs, and where it passes a half.

python -m experiments.size_sweep.epochs
"""

import pathlib

import matplotlib.figure
import numpy as np

from experiments import states, tables
from experiments.size_sweep.figures import COLOURS, NAMES, WITH, WITHOUT, by_run
from experiments.size_sweep.longer import PAIR

HERE = pathlib.Path(__file__).parent
HALF = 0.5  # held-out pictures stand half-way between training and generated ones


def sweep_and_longer() -> dict:
    """(pictures, augmentation, seed) -> lines of the sweep, which `longer` continues."""
    found = by_run(states.read(HERE / "results.jsonl"))
    for name, lines in tables.of_runs(states.read(HERE / "longer.jsonl")).items():
        ((key, _),) = by_run([{"run": PAIR[name], "images": 0}]).items()
        known = {line["images"] for line in found[key]}
        found[key] += [line for line in lines if line["images"] not in known]
    return found


def epochs(lines, pictures: int) -> np.ndarray:
    """How often D has seen each picture, [states]."""
    return np.array([line["images"] / pictures for line in lines])


def passes(lines, pictures: int) -> float | None:
    """The epoch in which r_v passes a half, on a line between two states; None if it does not."""
    at, values = epochs(lines, pictures), [tables.rv(line) for line in lines]
    for i in range(1, len(values)):
        if values[i - 1] < HALF <= values[i]:
            return float(np.interp(HALF, values[i - 1 : i + 1], at[i - 1 : i + 1]))
    return None


def figure(runs) -> matplotlib.figure.Figure:
    """r_v over epochs, without ADA and with it, a colour a size."""
    drawn = matplotlib.figure.Figure((9, 3.6), layout="constrained")
    panels = dict(zip(NAMES, drawn.subplots(1, 2, sharey=True, sharex=True), strict=True))
    for (pictures, aug, seed), lines in runs.items():
        panels[aug].plot(
            epochs(lines, pictures), [tables.rv(line) for line in lines], ".-",
            color=COLOURS[pictures], label=None if seed else f"{pictures:,}", alpha=1 - 0.4 * seed,
        )  # fmt: skip
    for aug, axes in panels.items():
        axes.axhline(HALF, color="grey", lw=0.8, ls=":")
        axes.set(title=NAMES[aug], xlabel="epochs", xscale="log")
        axes.legend(title="pictures")
    panels[WITHOUT].set_ylabel("$r_v$ of pictures nobody augmented")
    return drawn


def table(runs) -> str:
    """A row a run: the last r_v, and the epoch in which it passed a half."""
    rows = []
    for (pictures, aug, seed), lines in runs.items():
        last, passed = epochs(lines, pictures)[-1], passes(lines, pictures)
        rows.append([
            f"{pictures:,}", "yes" if aug == WITH else "no", str(seed),
            f"{passed:,.0f}" if passed else f"not in {last:,.0f}", f"{tables.rv(lines[-1]):.2f}",
        ])  # fmt: skip
    return tables.markdown(
        ("pictures", "ADA", "seed", "r_v passes 0.5 in epoch", "r_v at the end"), rows
    )


if __name__ == "__main__":
    every = sweep_and_longer()
    figure(every).savefig(HERE / "epochs.png", dpi=90)
    print(table(every))
