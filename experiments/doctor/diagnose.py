"""What `ada-doctor` says of every run of `run.py`, and the numbers that its limits were drawn from.

    python -m experiments.doctor.diagnose --out=/tmp/doctor --results=experiments/doctor
    python -m experiments.doctor.diagnose --results=/tmp/looked runs/00000-photos-auto runs/00001-photos-auto

Writes findings.txt, what is said, and numbers.txt, a line a run.
"""

import pathlib
import sys

from absl import app, flags

FLAGS = flags.FLAGS
CURVES = {
    "p": "Progress/augment",
    "r_t": "Loss/signs/real",
    "real": "Loss/scores/real",
    "fake": "Loss/scores/fake",
    "D": "Loss/D/loss",
    "G": "Loss/G/loss",
    "r1": "Loss/r1_penalty",
    "reg": "Loss/D/reg",
}


def numbers(name: str, evidence) -> str:
    """What the checks look at, in a line."""
    found = {key: evidence.now(curve) for key, curve in CURVES.items()}
    if evidence.looks:
        newest = evidence.looks[-1]
        found |= {"distance": newest.distance.value, "coverage": newest.coverage, "spread": newest.spread}  # fmt: skip
    if evidence.marks:
        found |= {"augmented": evidence.marks.share, "explained": evidence.marks.explained}
    if evidence.copies:
        found |= {"copies": evidence.copies.count, "by_chance": evidence.copies.expected}
    if evidence.reals:
        found |= {"pictures": evidence.reals.count, "twins": evidence.reals.twins, "joined": evidence.reals.joined}  # fmt: skip
    told = (f"{key} {value:.3g}" for key, value in found.items() if value is not None)
    return f"{name:24s} kimg {evidence.kimg:.4g}  {'  '.join(told)}"


def main(argv):
    from ada_tf.diagnosis.diagnosis import diagnose
    from ada_tf.diagnosis.run_evidence import read_run

    chosen = [(pathlib.Path(run).name, run) for run in argv[1:]]
    if FLAGS.out:
        folders = sorted(pathlib.Path(FLAGS.out).glob("*/0*-*"))
        chosen += [(folder.parent.name, folder) for folder in folders]
    said, lines = [], []
    for name, run in chosen:
        evidence, _ = read_run(run, log=lambda line: print(line, file=sys.stderr))
        said.append(diagnose(name, evidence).text + "\n")
        lines.append(numbers(name, evidence))
        print(said[-1], lines[-1], "", sep="\n", flush=True)
    folder = pathlib.Path(FLAGS.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "findings.txt").write_text("\n".join(said))
    (folder / "numbers.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.")
    flags.DEFINE_string("results", None, "Folder of the results.", required=True)
    app.run(main)
