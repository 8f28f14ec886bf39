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
ENDS = {WITHOUT: {"color": "#d1495b", "marker": "s"}, WITH: {"color": "black", "marker": "o"}}
DASHES = {"training": "-", "held_out": "--", "generated": ":"}


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
    left.set_ylabel("KID x 1000 to held-out pictures")
    for aug, name in NAMES.items():
        ends = _ends(runs, aug)
        mean = [np.mean([1000 * line["kid"][0] for line in lines]) for lines in ends.values()]
        right.plot(ends.keys(), mean, label=name, **ENDS[aug])
    right.set(title=f"after {KIMG} thousand images", xscale="log", xlabel="pictures")
    right.legend()
    return figure


def memory(runs) -> matplotlib.figure.Figure:
    """At the end over the sizes: copies, the gap of KID, D on three kinds of pictures, and p."""
    figure = matplotlib.figure.Figure((11, 3.4), layout="constrained")
    copies, gap, told, strength = figure.subplots(1, 4)
    for aug, name in NAMES.items():
        ends = _ends(runs, aug)
        drawn = [
            (copies, lambda line: 100 * tables.copied(line), "-", name),
            (gap, lambda line: 1000 * (line["kid"][0] - line["kid_training"][0]), "-", name),
            (strength, lambda line: line["p"], "-", name),
        ]
        for kind, dashes in DASHES.items():
            label = kind.replace("_", " ") if aug == WITH else None
            drawn.append((told, lambda line, kind=kind: line["d"][kind]["sign"], dashes, label))
        for axes, value, dashes, label in drawn:
            mean = [np.mean([value(line) for line in lines]) for lines in ends.values()]
            axes.plot(ends.keys(), mean, dashes, label=label, **ENDS[aug])
    copies.set(title="copies, %")
    gap.set(title="KID x 1000 to held-out\nless to training pictures")
    told.set(title="mean sign of D")
    strength.set(title="p")
    for axes in (copies, told):
        axes.legend(fontsize=8)
    for axes in (copies, gap, told, strength):
        axes.set(xscale="log", xlabel="pictures")
    return figure


def table(runs) -> str:
    """A row a run."""
    of = {
        (f"{n:,}", "yes" if aug == WITH else "no", str(s)): of for (n, aug, s), of in runs.items()
    }
    return tables.table(("pictures", "ADA", "seed"), of)


def attributes(runs) -> str:
    """What of the creatures is met at the end."""
    lines = [
        "| pictures | ADA | attributes met | new combinations | of drawn ones |",
        "|---" * 5 + "|",
    ]
    for (pictures, aug, _), of in runs.items():
        last = of[-1]
        shares = " | ".join(f"{last[name]:.0%}" for name in ("met", "new", "new_drawn"))
        lines.append(f"| {pictures:,} | {'yes' if aug == WITH else 'no'} | {shares} |")
    return "\n".join(lines)


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
