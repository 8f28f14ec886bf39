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


def shares(results: dict) -> dict[str, dict[float, list[float]]]:
    """Transform -> p -> share of generated pictures that show it, of each seed."""
    lines = results["generated"]
    (nothing,) = [line for line in lines if line["p"] == 0]
    found = {name: {0.0: [nothing[seen]]} for name, seen in SEEN_AS.items()}
    for line in sorted(lines, key=lambda line: (line["p"], line["seed"])):
        if line["p"]:
            of_seeds = found[line["transform"]].setdefault(line["p"], [])
            of_seeds.append(line[SEEN_AS[line["transform"]]])
    return found


def figure(results: dict) -> matplotlib.figure.Figure:
    """Share over p: a point a seed, and a line of their means."""
    made = matplotlib.figure.Figure((5.5, 3.6), layout="constrained")
    axes = made.subplots()
    for name, of_p in shares(results).items():
        (line,) = axes.plot(
            of_p.keys(), [100 * np.mean(of) for of in of_p.values()], label=NAMES[name]
        )
        for p, of_seeds in of_p.items():
            axes.plot(
                [p] * len(of_seeds), [100 * of for of in of_seeds], "o", color=line.get_color()
            )
    axes.set(xlabel="p", ylabel="generated pictures that show it, %")
    axes.legend()
    return made


def table(results: dict) -> str:
    """A row a transform, a column a p; of drawn pictures first. Several seeds beside each other."""
    found = shares(results)
    ps = sorted({p for of_p in found.values() for p in of_p})
    rows = []
    for name, of_p in found.items():
        cells = [", ".join(f"{share:.1%}" for share in of_p.get(p, ())) for p in ps]
        rows.append([NAMES[name], f"{results['drawn'][SEEN_AS[name]]:.1%}", *cells])
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
        for line in results["generated"]
        if line["p"] == 1
    ]
    return tables.markdown(["p = 1", "seed", "median angle, degrees", "red"], rows)


if __name__ == "__main__":
    every = json.loads((HERE / "results.json").read_text())
    figure(every).savefig(HERE / "leak.png", dpi=90)
    print(table(every), chosen(every), sep="\n\n")
