"""Do both statistics say the same? A table of p, r_t and r_v over images, from the results alone.

python -m experiments.rt_rv.agree

r_t is the mean sign of D on augmented training pictures, as logged. r_v is how far held-out pictures lie from
training ones on the way to generated ones, in the mean outputs of D on pictures that are not augmented: 0 for a D that
cannot tell them from training pictures, 1 for one that takes them for generated ones (equation 1).
"""

import pathlib

from ada_tf.augment.control import rv
from experiments import states, tables


def r_t(line: dict) -> float:
    """Of one state; runs of today keep it as the statistic that moves p, which r_t does here."""
    return line["r_t"] if "r_t" in line else line["statistic"]


def r_v(line: dict) -> float:
    """Of one state."""
    return rv(*(line["d"][kind]["mean"] for kind in tables.KINDS))


def table(runs: dict[str, list[dict]]) -> str:
    """A row a number of images, three columns a run."""
    head = ["kimg", *(f"{name}: {of}" for name in runs for of in ("p", "r_t", "r_v"))]
    cells = {
        (name, line["images"]): [f"{of:.2f}" for of in (line["p"], r_t(line), r_v(line))]
        for name, lines in runs.items()
        for line in lines
    }
    rows = [
        [
            f"{images // 1000}",
            *(cell for name in runs for cell in cells.get((name, images), [""] * 3)),
        ]
        for images in sorted({images for _, images in cells})
    ]
    return tables.markdown(head, rows)


if __name__ == "__main__":
    print(table(tables.of_runs(states.read(pathlib.Path(__file__).parent / "results.jsonl"))))
