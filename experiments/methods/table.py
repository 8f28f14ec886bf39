"""The table and the figure of methods, from their results alone.

    python -m experiments.methods.table

KID at equal images, and at equal minutes: when a run without any method would have seen all images. What is slower,
by `costs.json`, has seen fewer by then; its KID is read between the states that were measured.
"""

import json
import pathlib

import matplotlib.figure
import numpy as np

from experiments import states, tables
from experiments.methods.run import KIMG, METHODS, PICTURES, PLACES

HERE = pathlib.Path(__file__).parent
NAMES = {"alone": "alone", "ada": "with ADA"}
MARKERS = {"alone": {"color": "#d1495b", "marker": "s"}, "ada": {"color": "black", "marker": "o"}}


def by_method(results) -> dict:
    """(pictures, method, place) -> seed -> lines in the order of their images."""
    found = {}
    for name, lines in tables.of_runs(results).items():
        pictures, method, place, seed = name.split("-")
        found.setdefault((int(pictures), method, place), {})[int(seed)] = lines
    return found


def kid_after(lines, kimg: float) -> float:
    """KID x 1000 after so many images, between the states before and after in the logarithm."""
    at = [line["images"] / 1000 for line in lines]
    logs = np.log([max(line["kid"][0], 1e-4) for line in lines])
    return float(1000 * np.exp(np.interp(kimg, at, logs)))


def done(found: dict, pictures: int) -> dict:
    """(method, place) -> lines of each seed that has come to its end, in the order of `METHODS`."""
    there = {}
    for method in METHODS:
        for place in PLACES:
            of_seeds = found.get((pictures, method, place), {}).values()
            if ended := [lines for lines in of_seeds if lines[-1]["images"] >= 1000 * KIMG]:
                there[method, place] = ended
    return there


def kid_at_the_end(of_seeds) -> tuple[float, float]:
    """KID x 1000, mean of seeds, and its error: that of the sample for one seed, else their spread."""
    kid, error = 1000 * np.array([lines[-1]["kid"] for lines in of_seeds]).T
    return float(kid.mean()), float(kid.std(ddof=1) if len(kid) > 1 else error[0])


def table(found: dict, costs: dict, pictures: int) -> str:
    """A row a method and place.

    Args:
        found: of `by_method`.
        costs: method and place -> what a step costs beside one without any, 0 if the same.
        pictures: how many were trained on.
    """
    head = [
        "method",
        "",
        f"KID at {KIMG} kimg",
        "in equal minutes",
        "recall",
        "copies",
        "p",
        "seeds",
    ]
    rows = [
        [method, NAMES[place], *_cells(of_seeds, costs[f"{method}-{place}"])]
        for (method, place), of_seeds in done(found, pictures).items()
    ]
    return tables.markdown(head, rows)


def figure(found: dict, costs: dict, pictures: int) -> matplotlib.figure.Figure:
    """KID of each method and seed, alone and with ADA, at equal images and at equal minutes."""
    there = done(found, pictures)
    methods = [method for method in METHODS if any((method, place) in there for place in PLACES)]
    made = matplotlib.figure.Figure((8.5, 1.6 + 0.27 * len(methods)), layout="constrained")
    images, time = made.subplots(1, 2, sharey=True, sharex=True)
    for (method, place), of_seeds in there.items():
        y = methods.index(method) + (0.12 if place == "ada" else -0.12)
        style = MARKERS[place]
        for lines in of_seeds:
            kid, error = kid_at_the_end([lines])
            images.errorbar(kid, y, xerr=error, capsize=2, **style)
            time.plot(_in_time([lines], costs[f"{method}-{place}"]), y, **style)
        if method == "nothing":
            level = {"color": style["color"], "lw": 0.8, "ls": ":"}
            images.axvline(kid_at_the_end(of_seeds)[0], **level)
            time.axvline(_in_time(of_seeds, costs[f"{method}-{place}"]), **level)
    images.set_yticks(range(len(methods)), methods)
    images.set_ylim(len(methods) - 0.5, -0.5)  # the first is at the top
    images.set(title=f"after {KIMG} thousand images", xlabel="KID x 1000")
    time.set(title="in equal minutes", xlabel="KID x 1000")
    handles = [images.plot([], [], ls="", label=NAMES[p], **MARKERS[p])[0] for p in PLACES]
    made.legend(handles=handles, loc="outside lower center", ncols=len(PLACES))
    return made


def _in_time(of_seeds, cost: float) -> float:
    return _mean(kid_after(lines, KIMG / (1 + cost)) for lines in of_seeds)


def _cells(of_seeds, cost: float) -> list[str]:
    last = [lines[-1] for lines in of_seeds]
    kid, error = kid_at_the_end(of_seeds)
    return [
        f"{kid:.0f} ± {error:.0f}",
        f"{_in_time(of_seeds, cost):.0f}",
        f"{_mean(line['recall'][0] for line in last):.2f}",
        f"{_mean(tables.copied(line) for line in last):.1%}",
        f"{_mean(line['p'] for line in last):.2f}",
        f"{len(last)}",
    ]


def _mean(values) -> float:
    return float(np.mean([*values]))


if __name__ == "__main__":
    every = by_method(states.read(HERE / "results.jsonl"))
    costs = json.loads((HERE / "costs.json").read_text())
    for number in PICTURES:
        if (number, "nothing", "alone") in every:
            figure(every, costs, number).savefig(HERE / f"methods{number}.png", dpi=90)
            print(f"{number} pictures\n\n{table(every, costs, number)}\n")
