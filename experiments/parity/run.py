"""Does a training here go as one of the official program does? Twenty seeds of 40 kimg, a curve each.

    python -m experiments.parity.run --out=/tmp/parity            # trains what is missing, then tells
    python -m experiments.parity.run --out=/tmp/parity --seeds=5

`flags.txt` has every setting. `official.json` holds the curves of five seeds of the official PyTorch
program on a CPU in float32, with the same settings and pictures; `ours.json` those of this one.
"""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
from absl import app, flags

from ada_tf.data.creatures import creature, draw
from experiments.runs import ONE_THREAD

HERE = pathlib.Path(__file__).parent
# Name of a curve -> statistic of stats.jsonl, a window of 2 kimg a line.
CURVES = {
    "p": "Progress/augment",
    "signs_real": "Loss/signs/real",
    "signs_fake": "Loss/signs/fake",
    "scores_real": "Loss/scores/real",
    "scores_fake": "Loss/scores/fake",
    "d_loss": "Loss/D/loss",
    "g_loss": "Loss/G/loss",
    "r1_penalty": "Loss/r1_penalty",
}
WINDOWS = 20
PARTS = {
    "0 to 8": slice(0, 4),
    "8 to 20": slice(4, 10),
    "20 to 32": slice(10, 16),
    "32 to 40": slice(16, 20),
}


def train(seed: int, out: pathlib.Path) -> dict[str, list[float]]:
    """Train or continue a seed; return its curves."""
    pictures = out / "reals.npy"  # [100, 16, 16, 3]: creatures 0, 10, ..., 990
    if not pictures.exists():
        np.save(pictures, np.stack([draw(creature(i), 16) for i in range(0, 1000, 10)]))
    folder = out / f"seed{seed}"
    subprocess.run(
        [
            sys.executable, "-m", "ada_tf.cli.train", f"--flagfile={HERE / 'flags.txt'}",
            f"--data={pictures}", f"--seed={seed}", f"--outdir={folder}",
        ],
        env={**os.environ, **ONE_THREAD},
        check=True,
    )  # fmt: skip
    (stats,) = folder.glob("00000-*/stats.jsonl")
    return curves_of(stats)


def curves_of(stats: pathlib.Path) -> dict[str, list[float]]:
    """Read the curves of a run; its first line, before any training, is left out."""
    lines = [json.loads(line) for line in stats.read_text().splitlines()][-WINDOWS:]
    return {
        name: [round(line[statistic]["mean"], 6) for line in lines]
        for name, statistic in CURVES.items()
    }


def table(ours: list[dict], official: list[dict]) -> str:
    """Means over seeds with their standard errors, part by part, as Markdown."""
    lines = [f"| kimg | {' | '.join(PARTS)} |", "|---|" + "---|" * len(PARTS)]
    for name in CURVES:
        for program, runs in (("ours", ours), ("official", official)):
            curves = np.array([run[name] for run in runs])  # [seeds, windows]
            cells = [_mean_and_error(curves[:, part].mean(axis=1)) for part in PARTS.values()]
            lines.append(f"| {name}, {program} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean_and_error(values) -> str:
    return f"{values.mean():.3f} ± {values.std(ddof=1) / len(values) ** 0.5:.3f}"


def main(_) -> None:
    """Train the seeds that `ours.json` lacks, one after the other."""
    out, kept = pathlib.Path(flags.FLAGS.out), HERE / "ours.json"
    out.mkdir(parents=True, exist_ok=True)
    ours = json.loads(kept.read_text()) if kept.exists() else []
    for seed in range(len(ours), flags.FLAGS.seeds):
        ours.append(train(seed, out))
        kept.write_text(json.dumps(ours) + "\n")
    print(table(ours, json.loads((HERE / "official.json").read_text())))


if __name__ == "__main__":
    flags.DEFINE_string("out", "/tmp/parity", "Folder of the runs.")
    flags.DEFINE_integer("seeds", 20, "Number of seeds.")
    app.run(main)
