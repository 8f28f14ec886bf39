"""What `ada-doctor` says of every run of `run.py`, and how often it is right.

    python -m experiments.doctor.diagnose --out=/tmp/doctor --results=experiments/doctor
    python -m experiments.doctor.diagnose --results=/tmp/looked runs/00000-photos-auto runs/00001-photos-auto

Writes findings.txt, what is said, numbers.txt, a line a run, and rates.md, the table of the README.
Runs that have learnt a handful of pictures are shown as runs on the set that these are from.
"""

import json
import pathlib
import shutil
import sys

from absl import app, flags

from experiments import tables
from experiments.doctor.run import BAD

FLAGS = flags.FLAGS
CURVES = {
    "p": "Progress/augment",
    "statistic": "ADA/statistic",
    "real": "Loss/scores/real",
    "fake": "Loss/scores/fake",
    "D": "Loss/D/loss",
    "G": "Loss/G/loss",
    "r1": "Loss/r1_penalty",
    "reg": "Loss/D/reg",
}
# Run -> the data that its pictures are a handful of.
SHOWN_AS = {
    "bad-motifs-8": "creatures:300",
    "bad-motifs-20": "creatures:300",
    "bad-motifs-classes": "digits",
}


def numbers(name: str, evidence) -> str:
    """What the checks look at, in a line."""
    found = {key: evidence.now(curve) for key, curve in CURVES.items()}
    if evidence.looks:
        newest = evidence.looks[-1]
        found |= {"distance": newest.distance.value, "coverage": newest.coverage, "spread": newest.spread}  # fmt: skip
    if evidence.variety:
        found["sister"] = evidence.variety.sister
        found["class"] = min(evidence.variety.of_classes.values(), default=None)
    if evidence.r_v:
        found["r_v"] = evidence.r_v.value
    if evidence.marks:
        found |= {"augmented": evidence.marks.share, "explained": evidence.marks.explained}
    if evidence.copies:
        found |= {"copies": evidence.copies.count, "by_chance": evidence.copies.expected}
    if evidence.left:
        found["distinct"] = evidence.left[0]
    if evidence.reals:
        found |= {"pictures": evidence.reals.count, "twins": evidence.reals.twins, "blank": evidence.reals.blank}  # fmt: skip
    told = (f"{key} {value:.3g}" for key, value in found.items() if value is not None)
    return f"{name:24s} kimg {evidence.kimg:.4g}  {'  '.join(told)}"


def shown_as(run, source: str) -> pathlib.Path:
    """Copy a run whose options name other data."""
    run = pathlib.Path(run)
    target = run.parent / f"shown-{run.name}"
    if not target.exists():
        shutil.copytree(run, target, ignore=shutil.ignore_patterns("snapshots"))
        path = target / "training_options.json"
        options = json.loads(path.read_text())
        options["data"]["source"] = source
        path.write_text(json.dumps(options))
    return target


def rates(said: dict[str, list[tuple[str, str]]]) -> str:
    """The table of rates.

    Args:
        said: run -> (state, level) of its findings, those of alarms and warnings first.
    """
    wanted = {f"bad-{name}": row[0] for name, row in BAD.items()}
    rows = []
    for name, found in said.items():
        loud = [state for state, level in found if level in ("alarm", "warning")]
        # True of these sets, good or bad: they are few.
        others = [state for state in loud if state != "too few pictures"]
        if name in wanted:
            right = any(state in wanted[name] for state, _ in found)
            verdict = "named" if right else "another name" if others else "**missed**"
        else:
            verdict = "**false alarm**" if others else "in peace"
        rows.append(
            [
                name,
                " or ".join(wanted.get(name, ("nothing",))),
                ", ".join(state for state, level in found if level != "good") or "nothing",
                verdict,
            ]
        )
    return tables.markdown(["run", "is", "the doctor says", ""], rows)


def _name(run: pathlib.Path) -> str:
    ours = run.parent.name.startswith(("bad-", "good-"))
    return run.parent.name if ours else run.name


def main(argv):
    from ada_tf.diagnosis.diagnosis import diagnose
    from ada_tf.diagnosis.run_evidence import read_run

    chosen = [(_name(pathlib.Path(run)), run) for run in argv[1:]]
    if FLAGS.out:
        folders = sorted(pathlib.Path(FLAGS.out).glob("*/0*-*"))
        chosen += [(_name(folder), folder) for folder in folders]
    texts, lines, said = [], [], {}
    for name, run in chosen:
        if name in SHOWN_AS:
            run = shown_as(run, SHOWN_AS[name])
        evidence, _ = read_run(run, log=lambda line: print(line, file=sys.stderr))
        diagnosis = diagnose(name, evidence)
        said[name] = [(f.state, f.level.name.lower()) for f in diagnosis.findings]
        texts.append(diagnosis.text + "\n")
        lines.append(numbers(name, evidence))
        print(texts[-1], lines[-1], "", sep="\n", flush=True)
    folder = pathlib.Path(FLAGS.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "findings.txt").write_text("\n".join(texts))
    (folder / "numbers.txt").write_text("\n".join(lines) + "\n")
    (folder / "rates.md").write_text(rates(said) + "\n")


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.")
    flags.DEFINE_string("results", None, "Folder of the results.", required=True)
    app.run(main)
