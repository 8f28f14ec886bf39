"""The figure and the table of what leaks, from the results alone.

python -m experiments.leak.figures
"""

import json
import pathlib

import matplotlib.figure

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


def shares(results: dict) -> dict[str, dict[float, float]]:
    """Transform -> p -> share of generated pictures that show it."""
    lines = results["generated"]
    (nothing,) = [line for line in lines if line["p"] == 0]
    found = {name: {0.0: nothing[seen]} for name, seen in SEEN_AS.items()}
    for line in sorted(lines, key=lambda line: line["p"]):
        found[line["transform"]][line["p"]] = line[SEEN_AS[line["transform"]]]
    return found


def figure(results: dict) -> matplotlib.figure.Figure:
    """Share over p."""
    made = matplotlib.figure.Figure((5.5, 3.6), layout="constrained")
    axes = made.subplots()
    for name, of_p in shares(results).items():
        axes.plot(of_p.keys(), [100 * share for share in of_p.values()], "o-", label=NAMES[name])
    axes.set(xlabel="p", ylabel="generated pictures that show it, %")
    axes.legend()
    return made


def table(results: dict) -> str:
    """A row a transform, a column a p; of drawn pictures first."""
    found = shares(results)
    ps = sorted({p for of_p in found.values() for p in of_p})
    rows = []
    for name, of_p in found.items():
        cells = [f"{of_p[p]:.1%}" if p in of_p else "" for p in ps]
        rows.append([NAMES[name], f"{results['drawn'][SEEN_AS[name]]:.1%}", *cells])
    return tables.markdown(["", "drawn", *(f"p = {p:g}" for p in ps)], rows)


if __name__ == "__main__":
    every = json.loads((HERE / "results.json").read_text())
    figure(every).savefig(HERE / "leak.png", dpi=90)
    print(table(every))
