"""Everything that docs/performance.md asks of a GPU, on one that is there for a short time.

    python tools/bench_suite.py --out=figures --minutes=9      # as much as 9 minutes hold; again continues
    python tools/bench_suite.py --out=figures --only=train-256-b16,startup-256
    python tools/bench_suite.py --out=rehearsal --rehearse     # the same list on a CPU, tiny

It may be killed at any moment: results.json, report.md and results.tar.gz (the logs) hold all that
was measured until then, and the next call goes on. A measurement that was killed is begun once more;
one that failed, or did not end within its limit, is left out until --retry. --list shows them all.
"""

import pathlib
import shutil
import signal
import sys
import time

from _measurement import Measurement, run
from _results import REPORT, Results
from _suite import SUITE, rehearsed
from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError
from ada_tf.files import read_json
from ada_tf.locks import Held, Lock

FLAGS = flags.FLAGS
flags.DEFINE_string("out", "figures", "Folder of results, logs and the compile cache.")
flags.DEFINE_string("copies", None, "Another folder for results.json, report.md and results.tar.gz.")  # fmt: skip
flags.DEFINE_list("only", [], "These measurements only, in this order.")
flags.DEFINE_float("minutes", 600, "Have ended after this long.", lower_bound=0)
flags.DEFINE_boolean("retry", False, "Measure again what failed or never ended.")
flags.DEFINE_boolean("rehearse", False, "Tiny sizes, which a CPU does in minutes.")
flags.DEFINE_boolean("list", False, "Show the measurements and stop.")

# Limits are twice what is expected: with less of one left, a measurement would rather be cut off.
ENOUGH = 0.6


def measure(name: str, measurement: Measurement, results: Results, seconds: float) -> bool:
    """Run one measurement, for so many seconds at most; returns whether it did not fail."""
    folder = results.folder
    places = {key: folder / key for key in ("cache", "scratch")}
    shutil.rmtree(places["scratch"], ignore_errors=True)  # of one that was killed
    if "{cache}" in measurement.command:
        shutil.rmtree(places["cache"], ignore_errors=True)
    for place in places.values():
        place.mkdir(exist_ok=True)
    places["json"] = places["scratch"] / "figures.json"
    limit = min(measurement.limit, seconds)
    about = {"command": measurement.command, "xla_flags": measurement.xla_flags}
    results.begin(name, **about)
    print(f"{name}: at most {limit:.0f} s", flush=True)
    begin = time.monotonic()
    code = run(
        measurement.arguments(places), measurement.environment(places), results.log(name), limit
    )
    found = {"seconds": round(time.monotonic() - begin, 1)}
    state, reason = outcome(code, limit, measurement.limit)
    figures = figures_in(places["json"])  # of one that was cut off, as far as it came
    if figures is not None:
        found["figures"] = figures
    elif state == "done" and "{json}" in measurement.command:
        state, reason = "failed", "left no figures"
    if reason:
        found["reason"] = reason
    results.end(name, state, **found)
    shutil.rmtree(places["scratch"], ignore_errors=True)
    print(f"{name}: {reason or state}, {found['seconds']:.0f} s", flush=True)
    return state != "failed"


def figures_in(path: pathlib.Path) -> dict | None:
    """What a measurement has written, or None."""
    try:
        return read_json(path)
    except (OSError, ValueError, RecursionError):
        return None


def outcome(code: int | None, limit: float, whole_limit: float) -> tuple[str, str]:
    """(state, why) of a measurement that ended with a code, or was killed at `limit`: None."""
    if code is None and limit < whole_limit:
        return "begun", f"cut off after {limit:.0f} s, when the minutes were over"
    if code is None:
        return "failed", f"over its limit of {limit:g} s"
    if code < 0:
        return "failed", f"ended by signal {-code}"
    return ("failed", f"ended with code {code}") if code else ("done", "")


def measure_all(suite: dict, results: Results, end: float) -> bool:
    """Measure what is due until `end`; returns whether nothing failed."""
    fine = True
    for name, measurement in suite.items():
        if not results.is_due(name, FLAGS.retry):
            continue
        left = end - time.monotonic()
        if left < ENOUGH * measurement.limit:
            print(f"{name}: left for another time, may take {measurement.limit:g} s", flush=True)
            continue
        fine &= measure(name, measurement, results, left)
    return fine


def chosen(only: list[str]) -> dict[str, Measurement]:
    """The measurements that the flags ask for."""
    unknown = [name for name in only if name not in SUITE]
    if unknown:
        raise UserError(f"only={unknown[0]!r} must be of {', '.join(SUITE)}.")
    suite = {name: SUITE[name] for name in only or SUITE}
    return {n: rehearsed(m) for n, m in suite.items()} if FLAGS.rehearse else suite


def main(argv):
    """Measure what is missing; the report is current at every moment."""
    end = time.monotonic() + FLAGS.minutes * 60
    # As Ctrl-C: what is running is killed as well.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    suite = chosen(FLAGS.only)
    if FLAGS.list:
        for name, measurement in suite.items():
            flags_of_xla = measurement.xla_flags and f"XLA_FLAGS='{measurement.xla_flags}' "
            print(f"{name}: at most {measurement.limit:g} s: {flags_of_xla}python {measurement.command}")  # fmt: skip
        return
    out = pathlib.Path(FLAGS.out).absolute()
    (out / "logs").mkdir(parents=True, exist_ok=True)
    copies = FLAGS.copies and pathlib.Path(FLAGS.copies).absolute()
    if copies:
        copies.mkdir(parents=True, exist_ok=True)
    try:
        with Lock(out / ".lock"):
            results = Results(out, copies, FLAGS.rehearse)
            results.save()
            fine = measure_all(suite, results, end)
    except Held as held:
        raise UserError(f"out={str(out)!r} is in use by {held}.") from held
    print(f"report: {out / REPORT}")
    if not fine:
        sys.exit(1)


if __name__ == "__main__":
    _program.run_tool(main)
