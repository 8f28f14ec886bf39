"""Everything that docs/performance.md asks of a GPU, one process a measurement, into one folder.

    python tools/bench_suite.py --out=figures                  # an hour, by estimate
    python tools/bench_suite.py --out=figures --minutes=9      # as far as 9 minutes go; again continues
    python tools/bench_suite.py --out=figures --only=train-256-b16,startup-256

Leaves NAME.json with the figures and NAME.log with all that was printed, and from what is there makes
report.md. What is there is not measured again.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

FLAGS = flags.FLAGS
flags.DEFINE_string("out", "figures", "Folder of figures and logs.")
flags.DEFINE_list("only", [], "These measurements only.")
flags.DEFINE_float("minutes", 600, "Begin no measurement after this long.")
flags.DEFINE_boolean("list", False, "Show the measurements and stop.")

ROOT = pathlib.Path(__file__).parents[1]
AT_256 = "tools/bench_train.py --resolution=256 --batch=16 --p=0.3"
# In order of what matters most, should time run out.
SUITE = {
    "startup-256": "tools/bench_startup.py --resolution=256 --batch=16",
    "train-256-b16": f"{AT_256} --profile",
    "train-256-b16-constant-batch": f"{AT_256} --constant_batch",
    "train-256-b64": "tools/bench_train.py --resolution=256 --batch=64 --p=0.3",
    "train-256-b16-folded": f"{AT_256} --conv=folded",
    "train-256-b16-bfloat16": f"{AT_256} --precision=bfloat16",
    "train-256-b16-notf32": f"{AT_256} --notf32",
    "train-64-b64": "tools/bench_train.py --resolution=64 --batch=64 --p=0.3",
    "train-1024-b4": "tools/bench_train.py --resolution=1024 --batch=4 --p=0.3",
    "inference-256": "tools/bench_inference.py --resolution=256",
    "precision": "experiments/precision/compare.py --iterations=2000 --resolution=64 --channel_base=8192"
    " --channel_max=256 --out={out}/precision",
    "golden": "-m pytest tests/golden tests/ops",
}  # fmt: skip


def measure(name: str, out: pathlib.Path) -> bool:
    """Run one measurement; returns whether it succeeded."""
    command = [sys.executable, *SUITE[name].format(out=out).split()]
    if "tools/bench" in SUITE[name]:
        command.append(f"--json={out / f'{name}.json'}")
    # The compile cache of ada_tf, not one from the environment; and tests may see the card.
    environment = {k: v for k, v in os.environ.items() if k != "TF_XLA_FLAGS"}
    environment.setdefault("CUDA_VISIBLE_DEVICES", "0")
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    begin = time.time()
    log = out / f"{name}.log"
    with open(log, "w") as f:
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=f, stderr=subprocess.STDOUT
        ).returncode
    if code:  # under another name, so that the next call tries again
        log = log.rename(log.with_suffix(".failed"))
    done = f"failed with {code}, see {log}" if code else "done"
    print(f"{name}: {done}, {time.time() - begin:.0f} s", flush=True)
    return code == 0


def report(out: pathlib.Path) -> str:
    """Markdown of what is in the folder."""
    found = {name: out / f"{name}.json" for name in SUITE if (out / f"{name}.json").exists()}
    figures = {name: json.loads(path.read_text()) for name, path in found.items()}
    lines = []
    if devices := {f["device"] for f in figures.values()}:
        lines += [f"Measured on {', '.join(sorted(devices))}.", ""]
    training = {name: f for name, f in figures.items() if "sec_per_kimg" in f}
    if training:
        lines += ["| run | sec/kimg | ms: G, path length, D, R1 | peak GB | compiled and run once, s "
                  "| of matrix rate | of copy rate |", "|---|---|---|---|---|---|---|"]  # fmt: skip
    for name, f in training.items():
        phases = (f["phases"].get(p, {}).get("ms", "-") for p in ("Gmain", "Greg", "Dmain", "Dreg"))
        lines.append(
            f"| {name} | {f['sec_per_kimg']} | {', '.join(map(str, phases))} | {f['peak_gpu_gb']} "
            f"| {f['ready_s']} | {f['fraction_of_matrix_rate']:.0%} | {f['fraction_of_copy_rate']:.0%} |"
        )
    for name, f in figures.items():
        if "cold" in f:
            for start in ("cold", "cached"):
                lines.append(f"\n{name}, {start}: first optimizer step after {f[start]['first_optimizer_step_s']} s, "
                             f"every phase has run after {f[start]['first_iteration_s']} s.")  # fmt: skip
        for way, rate in f.get("images_per_s", {}).items():
            lines.append(f"\n{name}, {way}: {rate} images/s.")
    for name in ("precision", "golden"):
        if (out / f"{name}.log").exists():
            last = (out / f"{name}.log").read_text().splitlines()[-6:]
            lines += ["", name, "", *last]
    return "\n".join(lines) + "\n"


def main(argv):
    """Run what is missing, then report."""
    if FLAGS.list:
        for name, command in SUITE.items():
            print(f"{name}: python {command}")
        return
    unknown = sorted(set(FLAGS.only) - set(SUITE))
    if unknown:
        raise UserError(f"only={unknown[0]!r} must be of {', '.join(SUITE)}.")
    out = pathlib.Path(FLAGS.out).absolute()
    out.mkdir(parents=True, exist_ok=True)
    end = time.time() + FLAGS.minutes * 60
    failed = False
    for name in FLAGS.only or SUITE:
        if (out / f"{name}.log").exists():
            continue
        if time.time() > end:
            print(f"{name}: left for another time")
            continue
        failed |= not measure(name, out)
    (out / "report.md").write_text(report(out))
    print(f"report: {out / 'report.md'}")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(_program.run(main))
