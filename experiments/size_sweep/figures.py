"""The figures and the table of the sweep, from its results alone.

python -m experiments.size_sweep.figures
"""

import pathlib

import matplotlib.figure
import numpy as np

from experiments import states, tables
from experiments.size_sweep.run import KIMG

HERE = pathlib.Path(__file__).parent
WITHOUT, WITH = "noaug", "ada"
NAMES = {WITHOUT: "without ADA", WITH: "with ADA"}
COLOURS = {100: "#d1495b", 300: "#edae49", 1000: "#66a182", 3000: "#2e86ab", 10000: "#54428e"}
TICKS = (20, 30, 50, 100, 200)
SIZES = (80, 12_500)  # of the axes
ENDS = {WITHOUT: {"color": "#d1495b", "marker": "s"}, WITH: {"color": "black", "marker": "o"}}


def by_run(results) -> dict:
    """(pictures, augmentation, seed) -> lines in the order of their images."""
    found = {}
    for name, lines in tables.of_runs(results).items():
        pictures, aug, seed = name.split("-")
        found[int(pictures), aug, int(seed)] = lines
    return found


def quality(runs) -> matplotlib.figure.Figure:
    """KID over kimg without and with ADA, a colour a size; and at the end over the sizes."""
    figure = matplotlib.figure.Figure((11, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharey=True)
    for (pictures, aug, seed), lines in runs.items():
        name = None if seed else f"{pictures:,}"
        style = {"color": COLOURS[pictures], "label": name, "alpha": 1 - 0.5 * seed}
        tables.draw_kid(left if aug == WITHOUT else middle, lines, **style)
    for axes, aug in ((left, WITHOUT), (middle, WITH)):
        axes.set(title=NAMES[aug], xlabel="thousands of images", yscale="log")
        axes.legend(title="pictures")
    left.set_yticks(TICKS, map(str, TICKS))
    left.minorticks_off()
    left.set_ylabel("KID x 1000 to held-out pictures")
    for aug, name in NAMES.items():
        ends = _ends(runs, aug)
        mean = [np.mean([1000 * line["kid"][0] for line in lines]) for lines in ends.values()]
        right.plot(ends.keys(), mean, label=name, **ENDS[aug])
    right.set(title=f"after {KIMG} thousand images", xscale="log", xlim=SIZES, xlabel="pictures")
    right.legend()
    return figure


def memory(runs) -> matplotlib.figure.Figure:
    """At the end over the sizes: copies, r_v, the gap of KID, and p."""
    figure = matplotlib.figure.Figure((11, 3.2), layout="constrained")
    axes = figure.subplots(1, 4)
    for aug, name in NAMES.items():
        ends = _ends(runs, aug)
        for panel, (title, value) in zip(axes, PANELS.items(), strict=True):
            values, errors = np.transpose(
                [np.mean([value(line) for line in lines], axis=0) for lines in ends.values()]
            )
            panel.errorbar(ends.keys(), values, errors, capsize=3, label=name, **ENDS[aug])
            panel.set(title=title, xscale="log", xlim=SIZES, xlabel="pictures")
    axes[0].legend()
    return figure


def _gap(line):
    (held_out, error), (training, of_training) = line["kid"], line["kid_training"]
    # As if both errors had nothing in common, which they have: the generated pictures.
    return 1000 * (held_out - training), 1000 * np.hypot(error, of_training)


# title -> (value, error) of a line
PANELS = {
    "copies, %": lambda line: (100 * tables.copied(line), 0),
    "$r_v$": lambda line: (tables.rv(line), 0),
    "KID x 1000, to held-out\nless to training pictures": _gap,
    "p": lambda line: (line["p"], 0),
}


def table(runs) -> str:
    """A row a run."""
    of = {
        (f"{n:,}", "yes" if aug == WITH else "no", str(s)): of for (n, aug, s), of in runs.items()
    }
    return tables.table(("pictures", "ADA", "seed"), of)


def attributes(runs) -> str:
    """What of the creatures is met at the end."""
    head = ("pictures", "ADA", "attributes met", "new combinations", "of drawn ones")
    rows = []
    for (pictures, aug, _), of in runs.items():
        shares = (f"{of[-1][name]:.0%}" for name in ("met", "new", "new_drawn"))
        rows.append([f"{pictures:,}", "yes" if aug == WITH else "no", *shares])
    return tables.markdown(head, rows)


def _ends(runs, aug: str) -> dict[int, list]:
    """Pictures -> last lines of the runs, of all seeds, that have come to their end."""
    found = {}
    for (pictures, of, _), lines in runs.items():
        last = [line for line in lines if line["images"] >= 1000 * KIMG]
        if of == aug and last:
            found.setdefault(pictures, []).append(last[0])
    return found


if __name__ == "__main__":
    every = by_run(states.read(HERE / "results.jsonl"))
    quality(every).savefig(HERE / "quality.png", dpi=90)
    memory(every).savefig(HERE / "memory.png", dpi=90)
    print(table(every), attributes(every), sep="\n\n")
