"""The table and the curves of an experiment of a few runs, from its results alone.

python -m experiments.curves --results=experiments/rt_rv/results.jsonl --picture=experiments/rt_rv/curves.png

A row of the picture are runs whose names differ in what follows the last hyphen: KID to held-out pictures, p, and
the mean sign of the discriminator on training, held-out and generated pictures.
"""

import sys

import matplotlib.figure
from absl import app, flags

from experiments import states, tables

FLAGS = flags.FLAGS
COLOURS = ("#d1495b", "black", "#2e86ab", "#66a182")
DASHES = dict(zip(tables.KINDS, ("-", "--", ":"), strict=True))


def curves(runs) -> matplotlib.figure.Figure:
    """Run -> lines, as a figure."""
    groups = {}
    for name, lines in runs.items():
        group, _, member = name.rpartition("-")
        groups.setdefault(group, {})[member] = lines
    figure = matplotlib.figure.Figure((10, 3 * len(groups)), layout="constrained")
    axes = figure.subplots(len(groups), 3, squeeze=False)
    for (group, members), (kid, strength, told) in zip(groups.items(), axes, strict=True):
        for (member, lines), colour in zip(members.items(), COLOURS, strict=False):
            tables.draw_kid(kid, lines, color=colour, label=member)
            kimg = [line["images"] / 1000 for line in lines]
            strength.plot(kimg, [line["p"] for line in lines], ".-", color=colour)
            for kind, dashes in DASHES.items():
                signs = [line["d"][kind]["sign"] for line in lines]
                label = f"{kind.replace('_', ' ')}, {member}"
                told.plot(kimg, signs, dashes, color=colour, label=label)
        kid.set(title=f"{group} KID x 1000".strip(), yscale="log")
        strength.set(title="p")
        told.set(title="mean sign of D")
        kid.legend(fontsize=8)
        told.legend(fontsize=6)
    for below in axes[-1]:
        below.set_xlabel("thousands of images")
    return figure


def main(_):
    runs = tables.of_runs(states.read(FLAGS.results))
    if not runs:
        sys.exit(
            f"--results={FLAGS.results} has no lines: a file that an experiment wrote is expected."
        )
    if FLAGS.picture:
        curves(runs).savefig(FLAGS.picture, dpi=90)
    print(tables.table(("run",), {(name,): lines for name, lines in runs.items()}))


if __name__ == "__main__":
    flags.DEFINE_string("results", None, "File of the numbers, .jsonl.", required=True)
    flags.DEFINE_string("picture", None, "PNG for the curves.")
    app.run(main)
