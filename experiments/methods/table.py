"""The table of methods, from their results alone.

    python -m experiments.methods.table

KID at equal images, and at equal minutes: those that a run without any method takes for all images. What is
slower has seen fewer images by then; its KID is read between the states that were measured.
"""

import pathlib

import numpy as np

from experiments import states, tables
from experiments.methods.run import KIMG, METHODS, PICTURES

HERE = pathlib.Path(__file__).parent
PLACES = ("alone", "ada")


def by_method(results) -> dict:
    """(pictures, method, place) -> seed -> lines in the order of their images."""
    found = {}
    for name, lines in tables.of_runs(results).items():
        pictures, method, place, seed = name.split("-")
        found.setdefault((int(pictures), method, place), {})[int(seed)] = lines
    return found


def kid_after(lines, minutes: float) -> float:
    """KID x 1000 after so many minutes, between the states before and after in the logarithm."""
    times = [line["minutes"] for line in lines]
    logs = np.log([max(line["kid"][0], 1e-4) for line in lines])
    return float(1000 * np.exp(np.interp(minutes, times, logs)))


def table(found: dict, pictures: int) -> str:
    """A row a method: alone, and beside ADA.

    Args:
        found: of `by_method`.
        pictures: how many were trained on.
    """
    head = ["method"]
    for place in PLACES:
        beside = "alone" if place == "alone" else "with ADA"
        head += [f"{beside}: KID at {KIMG} kimg", "in equal minutes", "recall", "copies", "p"]
    rows = []
    minutes = _minutes(found, pictures)
    for method in METHODS:
        cells = [method]
        for place in PLACES:
            of_seeds = found.get((pictures, method, place), {}).values()
            done = [lines for lines in of_seeds if lines[-1]["images"] >= 1000 * KIMG]
            cells += _cells(done, minutes)
        rows.append(cells)
    return tables.markdown(head, rows)


def _minutes(found, pictures) -> float:
    return found[pictures, "nothing", "alone"][0][-1]["minutes"]


def _cells(done, minutes: float) -> list[str]:
    """Means of seeds; the error is that of KID for one seed, else the spread of the seeds."""
    if not done:
        return [""] * 5
    last = [lines[-1] for lines in done]
    kid = [1000 * line["kid"][0] for line in last]
    error = np.std(kid, ddof=1) if len(kid) > 1 else 1000 * last[0]["kid"][1]
    mean = lambda values: float(np.mean([*values]))  # noqa: E731
    return [
        f"{mean(kid):.0f} ± {error:.0f}",
        f"{mean(kid_after(lines, minutes) for lines in done):.0f}",
        f"{mean(line['recall'][0] for line in last):.2f}",
        f"{mean(tables.copied(line) for line in last):.0%}",
        f"{mean(line['p'] for line in last):.2f}",
    ]


if __name__ == "__main__":
    every = by_method(states.read(HERE / "results.jsonl"))
    for number in PICTURES:
        if (number, "nothing", "alone") in every:
            print(f"{number} pictures\n\n{table(every, number)}\n")
