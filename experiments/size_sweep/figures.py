"""The figures and the table of the sweep, from its results alone.

python -m experiments.size_sweep.figures
"""

import collections
import pathlib

import matplotlib.figure
import numpy as np

from experiments import states
from experiments.size_sweep.run import KIMG

HERE = pathlib.Path(__file__).parent
WITHOUT, WITH = "noaug", "ada"
NAMES = {WITHOUT: "without ADA", WITH: "with ADA"}
COLOURS = {100: "#d1495b", 300: "#edae49", 1000: "#66a182", 3000: "#2e86ab", 10000: "#54428e"}
ENDS = {WITHOUT: "#d1495b", WITH: "black"}
SHOWN = {"training": "-", "held_out": "--", "generated": ":"}


def by_run(results) -> dict:
    """(pictures, augmentation, seed) -> lines in the order of their images."""
    found = collections.defaultdict(list)
    for line in sorted(results, key=lambda line: line["images"]):
        pictures, aug, seed = line["run"].split("-")
        found[int(pictures), aug, int(seed)].append(line)
    return dict(sorted(found.items()))


def quality(runs) -> matplotlib.figure.Figure:
    """KID over kimg without and with ADA, a colour a size; and the end over the sizes."""
    figure = matplotlib.figure.Figure((11, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for (pictures, aug, seed), lines in runs.items():
        axes = left if aug == WITHOUT else middle
        kid, error = 1000 * np.array([line["kid"] for line in lines]).T
        name = f"{pictures:,}" if seed == 0 else None
        kimg = _kimg(lines)
        axes.plot(kimg, kid, ".-", color=COLOURS[pictures], label=name, alpha=1 - 0.5 * seed)
        axes.fill_between(kimg, kid - error, kid + error, color=COLOURS[pictures], alpha=0.2, lw=0)
    for axes, aug in ((left, WITHOUT), (middle, WITH)):
        axes.set(title=NAMES[aug], xlabel="kimg", yscale="log")
    left.set_ylabel("KID x 1000, held-out pictures")
    middle.sharey(left)
    middle.legend(title="pictures")
    for aug, style in ((WITHOUT, "s--"), (WITH, "o-")):
        ends = _ends(runs, aug)
        sizes = sorted({pictures for pictures, _ in ends})
        mean = [np.mean([1000 * line["kid"][0] for n, line in ends if n == s]) for s in sizes]
        right.plot(
            sizes, mean, style, color="black" if aug == WITH else "#d1495b", label=NAMES[aug]
        )
    right.set(title=f"after {KIMG} kimg", xscale="log", yscale="log", xlabel="pictures")
    right.legend()
    return figure


def memory(runs) -> matplotlib.figure.Figure:
    """Over the sizes at the end: the gap of KID, copies, D on three kinds of pictures, and p."""
    figure = matplotlib.figure.Figure((11, 3.2), layout="constrained")
    gap, copies, told, strength = figure.subplots(1, 4)
    for aug, marker in ((WITHOUT, "s"), (WITH, "o")):
        ends = sorted(_ends(runs, aug), key=lambda end: end[0])
        sizes, lines = [pictures for pictures, _ in ends], [line for _, line in ends]
        own = {"color": ENDS[aug], "marker": marker}
        gap.plot(sizes, [1000 * (x["kid"][0] - x["kid_training"][0]) for x in lines], **own)
        copies.plot(sizes, [100 * copied(x) for x in lines], label=NAMES[aug], **own)
        strength.plot(sizes, [x["p"] for x in lines], **own)
        for kind, dashes in SHOWN.items():
            label = f"{kind.replace('_', ' ')}, {NAMES[aug]}"
            told.plot(sizes, [x["d"][kind]["sign"] for x in lines], dashes, label=label, **own)
    gap.set(title="KID held out - training, x 1000")
    copies.set(title="copies, %")
    told.set(title="mean sign of D")
    strength.set(title="p")
    told.legend(fontsize=6)
    copies.legend(fontsize=8)
    for axes in (gap, copies, told, strength):
        axes.set(xscale="log", xlabel="pictures")
    return figure


def table(runs) -> str:
    """The best and the last state of every run."""
    head = "pictures | ADA | seed | best KID at kimg | last KID | on training pictures | precision"
    head += (
        " | recall | met | new | copies | D(training), D(held out), D(generated) > 0 | p | minutes"
    )
    lines = [f"| {head} |", "|---" * (head.count("|") + 1) + "|"]
    for (pictures, aug, seed), of_run in runs.items():
        best, last = min(of_run, key=lambda line: line["kid"][0]), of_run[-1]
        signs = ", ".join(f"{last['d'][kind]['sign']:+.2f}" for kind in SHOWN)
        cells = [
            f"{pictures:,}", "yes" if aug == WITH else "no", seed,
            f"{_pair(best['kid'])} at {best['images'] / 1000:g}", _pair(last["kid"]),
            _pair(last["kid_training"]), f"{last['precision'][0]:.2f}", f"{last['recall'][0]:.2f}",
            f"{last['met']:.0%}", f"{last['new']:.0%}", f"{copied(last):.0%}", signs,
            f"{last['p']:.2f}", f"{last['minutes']:.0f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def copied(line: dict) -> float:
    """Share of copies beyond those that chance makes."""
    count, expected, _ = line["copies"]
    return max(count - expected, 0) / states.FAKES


def _pair(value) -> str:
    return f"{1000 * value[0]:.0f} ± {1000 * value[1]:.0f}"


def _kimg(lines):
    return [line["images"] / 1000 for line in lines]


def _ends(runs, aug: str) -> list:
    """(pictures, last line) of the runs that have come to their end."""
    found = [(pictures, lines[-1]) for (pictures, of, _), lines in runs.items() if of == aug]
    return [(pictures, line) for pictures, line in found if line["images"] >= 1000 * KIMG]


if __name__ == "__main__":
    every = by_run(states.read(HERE / "results.jsonl"))
    quality(every).savefig(HERE / "quality.png", dpi=90)
    memory(every).savefig(HERE / "memory.png", dpi=90)
    print(table(every))
