"""The figure and the table of what leaks, from the results alone.

python -m experiments.leak.figures
"""

import json
import pathlib

import matplotlib.figure
import numpy as np

from experiments import tables

HERE = pathlib.Path(__file__).parent
# transform -> what is counted of it
SEEN_AS = {"rotate": "turned", "rotate90": "by_quarters", "hue": "recoloured", "cutout": "cut"}
NAMES = {
    "rotate": "rotation by any angle",
    "rotate90": "quarter turns",
    "hue": "another hue",
    "cutout": "cutout",
}


def shown(line: dict, transform: str) -> float:
    """Share of pictures that show a transform."""
    return line[SEEN_AS[transform]]


def rarer(line: dict, transform: str) -> float:
    """Share of the rarer one of the two colours, half of what is drawn."""
    return min(line["red"], 1 - line["red"])


def over_p(results: dict, share) -> dict[str, dict[float, list[float]]]:
    """Transform -> p -> share of generated pictures, of each seed."""
    lines = results["generated"]
    (nothing,) = [line for line in lines if line["p"] == 0]
    there = {line["transform"] for line in lines}
    found = {name: {0.0: [share(nothing, name)]} for name in SEEN_AS if name in there}
    for line in sorted(lines, key=lambda line: (line["p"], line["seed"])):
        if line["p"]:
            of_seeds = found[line["transform"]].setdefault(line["p"], [])
            of_seeds.append(share(line, line["transform"]))
    return found


def figure(results: dict) -> matplotlib.figure.Figure:
    """Both shares over p: a point a seed, and a line of their means."""
    made = matplotlib.figure.Figure((9, 3.4), layout="constrained")
    leaked, colours = made.subplots(1, 2)
    for axes, share in ((leaked, shown), (colours, rarer)):
        for name, of_p in over_p(results, share).items():
            means = [100 * np.mean(of_seeds) for of_seeds in of_p.values()]
            (line,) = axes.plot(of_p.keys(), means, label=NAMES[name])
            points = [(p, 100 * one) for p, of_seeds in of_p.items() for one in of_seeds]
            axes.plot(*zip(*points, strict=True), "o", color=line.get_color())
        axes.set(xlabel="p")
    leaked.set(title="generated pictures that show it, %")
    colours.set(title="the rarer of two colours, %", ylim=(-2, 52))
    leaked.legend()
    return made


def table(results: dict, share=shown) -> str:
    """A row a transform, a column a p; of drawn pictures first. Several seeds beside each other."""
    found = over_p(results, share)
    ps = sorted({p for of_p in found.values() for p in of_p})
    rows = []
    for name, of_p in found.items():
        cells = [", ".join(f"{one:.1%}" for one in of_p.get(p, ())) for p in ps]
        rows.append([NAMES[name], f"{share(results['drawn'], name):.1%}", *cells])
    return tables.markdown(["", "drawn", *(f"p = {p:g}" for p in ps)], rows)


def chosen(results: dict) -> str:
    """Which way up and of which colour pictures are at p = 1, seed by seed."""
    rows = [
        [
            NAMES[line["transform"]],
            f"{line['seed']}",
            f"{line['degrees']:.0f}",
            f"{line['red']:.0%}",
        ]
        for name in NAMES
        for line in results["generated"]
        if line["p"] == 1 and line["transform"] == name
    ]
    return tables.markdown(["p = 1", "seed", "median angle, degrees", "red"], rows)


if __name__ == "__main__":
    every = json.loads((HERE / "results.json").read_text())
    figure(every).savefig(HERE / "leak.png", dpi=90)
    print(table(every), table(every, rarer), chosen(every), sep="\n\n")
